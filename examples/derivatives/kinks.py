r"""
Kinks: where there is no derivative, or two
===========================================

:math:`|x|` has a corner at 0, :math:`\sqrt x` a vertical tangent, and a function with an ``if`` may
jump. A program still has to return something there. What it returns is a convention. This page
prints fastad's, checks that all its modes agree on it, and shows the two traps that programs fall
into.
"""

import math

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# Values at kinks
# ---------------
#
# All these functions have a kink at 0. :func:`fastad.jacobian` takes a function with several
# results, so that one call gives all derivatives.


@numba.njit
def kinked(x):
    return (
        abs(x),
        max(x, 0.0),
        min(x, 0.0),
        math.sqrt(x),
        x * math.sqrt(x),
        math.sqrt(x * x),
        math.floor(x) * 1.0,
        math.hypot(x, 0.0),
    )


names = (
    "abs(x)",
    "max(x, 0)",
    "min(x, 0)",
    "sqrt(x)",
    "x sqrt(x)",
    "sqrt(x x)",
    "floor(x)",
    "hypot(x, 0)",
)
modes = ("forward", "tape", "source")
values = {mode: fastad.jacobian(kinked, mode=mode)(0.0) for mode in modes}

print("at x = 0        " + "".join(f"{mode:>9}" for mode in modes))
for k, name in enumerate(names):
    print(f"{name:16}" + "".join(f"{values[mode][k]:9g}" for mode in modes))
expected = [0.0, 0.5, 0.5, math.inf, 0.0, 0.0, 0.0, 0.0]
assert all(np.array_equal(values[mode], expected) for mode in modes)

# %%
# * At a corner the answer lies between the slopes of both sides: 0 for ``abs``, a half for ``max``
#   and ``min`` at a tie. Such a number is called a *subgradient* where the function is convex.
# * :math:`\sqrt x` at 0 has the slope of its limit, infinity.
# * Where a factor of 0 meets an infinite slope, as in :math:`x \sqrt x`, the product is 0.
#
# Trap 1: the side that was not taken
# -----------------------------------
#
# The entropy of a probability is :math:`x \log x`, and 0 at :math:`x = 0`. With a factor of 0 or 1
# the side that is not wanted is computed all the same, and its infinity or NaN gets in.
# :func:`fastad.where` takes one side and forgets the other, in the value and in the derivative.


@numba.njit
def by_a_factor(x):
    return np.float64(x > 0.0) * (x * np.log(x))


@numba.njit
def by_where(x):
    return fastad.where(x > 0.0, x * np.log(x), 0.0)


slope_by_factor = fastad.derivative(by_a_factor)
slope_by_where = fastad.derivative(by_where)
print("                  x = -0.5     x = 0   x = 0.5")
for name, f in (
    ("a factor: f", by_a_factor),
    ("its derivative", slope_by_factor),
    ("where: f", by_where),
    ("its derivative", slope_by_where),
):
    print(f"{name:16}" + "".join(f"{f(x):10.4f}" for x in (-0.5, 0.0, 0.5)))
assert math.isnan(by_a_factor(0.0))
assert by_where(0.0) == slope_by_where(0.0) == slope_by_where(-0.5) == 0.0
assert math.isclose(slope_by_where(0.5), 1.0 + math.log(0.5))

# %%
# Trap 2: a branch for one point
# ------------------------------
#
# This function is :math:`f(x) = \sin(x)` everywhere, and so :math:`f'(0) = 1`. But at 0 the program
# returns a constant. The derivative is that of the branch that runs: right for the program, wrong
# for the function. No method of automatic differentiation sees more than the program.


@numba.njit
def sine(x):
    if x == 0.0:
        return 0.0
    return math.sin(x)


slope = fastad.derivative(sine)
print("f'(1e-9) =", slope(1e-9), "   f'(0) =", slope(0.0))
assert slope(1e-9) == 1.0
assert slope(0.0) == 0.0

# %%
# A picture
# ---------
#
# On the left are three functions with the line of the slope that fastad gives at 0. On the right is
# :math:`x \log x` with its derivative by ``where``.

t = np.linspace(-1.0, 1.0, 401)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for k, f, color in ((0, np.abs, "#0072B2"), (1, lambda x: np.maximum(x, 0.0), "#D55E00")):
    left.plot(t, f(t), color=color, lw=2, label=names[k])
    slope_at_0 = values["source"][k]
    left.plot(t, slope_at_0 * t, color=color, ls="--", label=f"slope {slope_at_0:g} at 0")
positive = t[t >= 0.0]
left.plot(positive, np.sqrt(positive), color="#009E73", lw=2, label="sqrt(x)")
left.plot([0.0, 0.0], [-0.5, 0.5], color="#009E73", ls="--", label="slope inf at 0")
left.set(xlabel="$x$", ylim=(-0.6, 1.1))
left.legend(fontsize="small")
right.axhline(0.0, color="0.7", lw=0.8)
right.plot(t, [by_where(x) for x in t], color="#0072B2", lw=2, label="$f$ by where")
slopes = np.array([slope_by_where(x) for x in t])
for side in (t <= 0.0, t > 0.0):
    label = "derivative" if side[0] else None
    right.plot(t[side], slopes[side], color="#D55E00", lw=2, label=label)
right.set(xlabel="$x$", ylim=(-4.0, 1.2))
right.legend()
plt.show()

# %%
# The derivative of :math:`x \log x` goes to minus infinity at 0 from the right; at 0 itself the
# other branch counts.
#
# References
# ----------
#
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 14.
