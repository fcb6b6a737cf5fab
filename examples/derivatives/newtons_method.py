r"""
Newton's method: digits that double
===================================

Newton's method replaces a function by its tangent, and goes to where the tangent is zero:

.. math:: x_{k+1} = x_k - \frac{f(x_k)}{f'(x_k)}, \qquad \text{or} \qquad
          x_{k+1} = x_k - J(x_k)^{-1} f(x_k)

for several unknowns. It needs the derivative, and an exact one makes it fast.
"""

import math

import matplotlib.pyplot as plt
import numba
import numpy as np
from matplotlib.colors import ListedColormap

import fastad

# %%
# One unknown
# -----------
#
# Kepler's equation :math:`E - e \sin E = M` gives the place of a planet on its ellipse.
# :func:`fastad.newton` makes the derivative and returns all iterates.


@numba.njit
def kepler(anomaly, mean, eccentricity):
    return anomaly - eccentricity * math.sin(anomaly) - mean


result = fastad.newton(kepler, 3.0, (0.8, 0.6))
error = np.abs(np.array(result.iterates) - result.root)
for k, x in enumerate(result.iterates):
    digits = f"{-math.log10(error[k]):4.1f} digits" if error[k] > 0 else "all digits"
    print(f"{k}  {x:.16f}  {digits}")

assert result.converged
assert abs(kepler(result.root, 0.8, 0.6)) < 1e-15

# %%
# Near the root the number of correct digits doubles from line to line. That is *quadratic*
# convergence:
#
# .. math::
#
#    |x_{k+1} - x^*| \approx C\,|x_k - x^*|^2, \qquad
#    C = \left| \frac{f''(x^*)}{2 f'(x^*)} \right|
#      = \left| \frac{e \sin x^*}{2 (1 - e \cos x^*)} \right|.

constant = 0.6 * math.sin(result.root) / (2.0 * (1.0 - 0.6 * math.cos(result.root)))
ratios = [f"{error[k + 1] / error[k] ** 2:.4f}" for k in (1, 2, 3)]
print(f"C = {constant:.4f}; the ratios: {', '.join(ratios)}")
assert math.isclose(error[3] / error[2] ** 2, constant, rel_tol=0.05)

# %%
# Inside compiled code use :func:`fastad.root`. Its result has derivatives, too: see
# :doc:`implicit_function`.

assert math.isclose(fastad.root(kepler, 3.0, 0.8, 0.6), result.root, rel_tol=1e-15)

# %%
# Several unknowns, and a picture
# -------------------------------
#
# :math:`z^3 = 1` has three roots in the complex plane. With :math:`z = x + iy` it is a system of
# two real equations. Which root does Newton's method find from each start? The driver is called in
# a compiled loop.


@numba.njit
def cube(z):
    out = np.empty_like(z)
    out[0] = z[0] ** 3 - 3.0 * z[0] * z[1] ** 2 - 1.0
    out[1] = 3.0 * z[0] ** 2 * z[1] - z[1] ** 3
    return out


jacobian = fastad.jacobian(cube)


@numba.njit
def basins(span, n, roots):
    found, steps = np.zeros((n, n), np.int64), np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            z = np.array([-span + 2.0 * span * (j + 0.5) / n, -span + 2.0 * span * (i + 0.5) / n])
            for step in range(60):
                f, m = cube(z), jacobian(z)
                if f[0] ** 2 + f[1] ** 2 < 1e-20:
                    break
                steps[i, j] = step + 1
                det = m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
                z[0] -= (m[1, 1] * f[0] - m[0, 1] * f[1]) / det
                z[1] -= (m[0, 0] * f[1] - m[1, 0] * f[0]) / det
            found[i, j] = np.argmin(np.sum((roots - z) ** 2, axis=1))
    return found, steps


roots = np.array([[1.0, 0.0], [-0.5, math.sqrt(0.75)], [-0.5, -math.sqrt(0.75)]])
assert all(np.abs(cube(r)).max() < 1e-15 for r in roots)
found, steps = basins(1.6, 400, roots)

figure, axes = plt.subplots(figsize=(5.6, 5.4), layout="constrained")
colors = ListedColormap(["#0072B2", "#E69F00", "#009E73"])
extent = (-1.6, 1.6, -1.6, 1.6)
axes.imshow(found, origin="lower", extent=extent, cmap=colors, interpolation="nearest")
axes.imshow(
    np.zeros_like(steps),
    alpha=np.clip(steps / 25.0, 0.0, 0.8),
    origin="lower",
    extent=extent,
    cmap="gray",
)
axes.plot(*roots.T, "o", color="white", mec="black", ms=8)
axes.set(
    xlabel="real part", ylabel="imaginary part", title="the root that is found, dark: many steps"
)
plt.show()

# %%
# Near each root its own colour is whole: there convergence is certain and fast. Between them the
# basins meet in a fractal, where the smallest change of the start leads to another root.
#
# References
# ----------
#
# * Kelley, C. T. (2003). Solving Nonlinear Equations with Newton's Method. SIAM.
# * Cayley, A. (1879). The Newton-Fourier imaginary problem. American Journal of Mathematics 2.
