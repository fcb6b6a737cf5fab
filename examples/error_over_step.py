"""Divided differences against automatic differentiation: the error over the step, for x**3.

A forward difference is wrong by h f''/2, a central one by h**2 f'''/6, and both by the
rounding error of f over h: hence the V.  A derivative that is computed has no step.

Run: python examples/error_over_step.py [PICTURE.png]
"""

import sys
from fractions import Fraction

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from fastad import derivative


def cube(x):
    """Return x**3."""
    return x * x * x


def main(path="error_over_step.png"):
    """Draw the picture, and print the best that each difference reaches."""
    slope = derivative(cube)
    steps = np.logspace(-16, 0, 129)
    points = (0.1, 1.1, 12.3)
    figure, axes = plt.subplots(1, len(points), figsize=(10.5, 3.6), sharey=True)
    for axis, x in zip(axes, points, strict=True):
        exact = 3 * Fraction(x) ** 2  # of the number that x is, without rounding
        forward = (cube(x + steps) - cube(x)) / steps
        central = (cube(x + steps) - cube(x - steps)) / (2.0 * steps)
        ours = float(abs(Fraction(slope(x)) - exact) / exact)
        for values, name in ((forward, "forward difference"), (central, "central difference")):
            error = np.array([float(abs(Fraction(v) - exact) / exact) for v in values])
            axis.loglog(steps, error, lw=1.3, label=name)
            print(f"x = {x}: {name}, at best {error.min():.0e}; fastad {ours:.0e}")
        axis.axhline(ours, color="k", lw=1.8, label="fastad")
        axis.axhline(np.finfo(float).eps / 2, color="0.6", lw=0.8, ls=":", label="rounding")
        axis.set(title=f"$x = {x:g}$", xlabel="step $h$", ylim=(1e-18, 3e2))
        axis.grid(alpha=0.25)
    axes[0].set_ylabel("relative error of the derivative of $x^3$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0.0, 0.07, 1.0, 1.0))
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
