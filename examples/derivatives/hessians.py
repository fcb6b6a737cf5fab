r"""
Hessians: minima, saddles and their shape
=========================================

The Hessian holds the second derivatives, :math:`H_{ij} = \partial^2 f / \partial x_i\,\partial
x_j`. It is symmetric. Where the gradient is zero, the signs of its eigenvalues tell what is there:
all positive, a minimum; all negative, a maximum; both, a saddle.
"""

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# Himmelblau's function is a polynomial with nine stationary points.


@numba.njit
def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11.0) ** 2 + (x[0] + x[1] ** 2 - 7.0) ** 2


gradient = fastad.grad(himmelblau)
hessian = fastad.hessian(himmelblau)

# %%
# Its Hessian by hand is
#
# .. math::
#
#    H = \begin{pmatrix} 12 x_0^2 + 4 x_1 - 42 & 4 x_0 + 4 x_1 \\
#                        4 x_0 + 4 x_1 & 12 x_1^2 + 4 x_0 - 26 \end{pmatrix}.


def by_hand(x, y):
    return np.array(
        [[12 * x**2 + 4 * y - 42, 4 * x + 4 * y], [4 * x + 4 * y, 12 * y**2 + 4 * x - 26]]
    )


x = np.array([0.5, -1.25])
print(hessian(x))
assert np.array_equal(hessian(x), hessian(x).T)  # symmetric to the last bit
assert np.allclose(hessian(x), by_hand(*x), rtol=1e-13)

# %%
# All stationary points
# ---------------------
#
# Newton's method, :math:`x \leftarrow x - H^{-1} \nabla f`, goes to a stationary point near its
# start. From a grid of starts it finds all nine.

points = []
for start in np.stack(np.meshgrid(np.linspace(-5, 5, 9), np.linspace(-5, 5, 9)), -1).reshape(-1, 2):
    x = start
    for _ in range(30):
        x = x - np.linalg.solve(hessian(x), gradient(x))
    if np.abs(gradient(x)).max() < 1e-8 and all(np.hypot(*(x - p)) > 1e-6 for p in points):
        points.append(x)
points = sorted(points, key=himmelblau)

found = []
for p in points:
    values = np.linalg.eigvalsh(hessian(p))
    kind = {0: "minimum", 1: "saddle", 2: "maximum"}[int(np.sum(values < 0))]
    found.append(kind)
    at = f"({p[0]:8.4f}, {p[1]:8.4f})  f = {himmelblau(p):9.4f}"
    print(f"{at}  eigenvalues {values.round(2)}  {kind}")

assert [found.count(kind) for kind in ("minimum", "saddle", "maximum")] == [4, 4, 1]
assert any(np.allclose(p, [3.0, 2.0]) for p in points)  # the one with whole numbers

# %%
# The picture shows the four valleys. Around each minimum is the ellipse on which the quadratic form
# :math:`\tfrac{1}{2} d^\top H d` is 12: a long axis is a direction of small curvature.

figure, axes = plt.subplots(figsize=(7, 5.5), layout="constrained")
p, q = np.meshgrid(np.linspace(-5, 5, 201), np.linspace(-5, 5, 201))
height = himmelblau(np.array([p, q]))
levels = axes.contourf(p, q, np.log10(1.0 + height), 12, cmap="Blues_r")
figure.colorbar(levels, label="$\\log_{10}(1 + f)$")
circle = np.array([np.cos(np.linspace(0, 2 * np.pi, 61)), np.sin(np.linspace(0, 2 * np.pi, 61))])
styles = {"minimum": ("o", "#E69F00"), "saddle": ("X", "white"), "maximum": ("^", "#D55E00")}
for kind, (marker, color) in styles.items():
    these = np.array([x for x, k in zip(points, found, strict=True) if k == kind])
    axes.plot(*these.T, marker, color=color, mec="black", ms=9, ls="", label=kind)
for x in points[:4]:
    values, vectors = np.linalg.eigh(hessian(x))
    ellipse = x[:, None] + vectors @ (np.sqrt(24.0 / values)[:, None] * circle)
    axes.plot(*ellipse, color="#E69F00", lw=2)
axes.set(xlabel="$x_0$", ylabel="$x_1$", aspect="equal")
axes.legend(loc="upper left", bbox_to_anchor=(0.0, -0.1), ncols=3)
plt.show()

# %%
# References
# ----------
#
# * Himmelblau, D. M. (1972). Applied Nonlinear Programming. McGraw-Hill.
# * Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, second edition. Springer,
#   chapter 2.
