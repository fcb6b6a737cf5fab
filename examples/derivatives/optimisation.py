r"""
Optimisation: down Rosenbrock's valley
======================================

A method that looks for a minimum goes downhill, so it wants the gradient. Without one it guesses:
SciPy then takes a divided difference for each variable, and each costs an evaluation. This page
gives it the exact gradient, then the Hessian.
"""

import matplotlib.pyplot as plt
import numba
import numpy as np
import scipy.optimize

import fastad

# %%
# Rosenbrock's function is the classic test. Its minimum, 0 at :math:`(1, \dots, 1)`, lies in a long
# curved valley with steep sides:
#
# .. math:: f(x) = \sum_{i} 100\,(x_{i+1} - x_i^2)^2 + (1 - x_i)^2.


@numba.njit
def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


value_and_gradient = fastad.value_and_grad(rosenbrock)
start = np.array([-1.2, 1.0])
value, gradient = value_and_gradient(start)
print("value", value, "gradient", gradient)
assert np.allclose(gradient, scipy.optimize.rosen_der(start), rtol=1e-14)

# %%
# L-BFGS
# ------
#
# ``jac=True`` tells SciPy that the function returns value and gradient together. The number of
# evaluations is counted below with this gradient and without it, in two variables and in fifty.

for n in (2, 50):
    x0 = np.resize(start, n)
    counts = []
    for fun, jac in ((rosenbrock, None), (value_and_gradient, True)):
        options = {"maxiter": 5000, "maxfun": 100_000, "gtol": 1e-8, "ftol": 1e-15}
        r = scipy.optimize.minimize(fun, x0, jac=jac, method="L-BFGS-B", options=options)
        counts.append(r.nfev)
        error = np.abs(r.x - 1.0).max()
        name = "with fastad's gradient" if jac else "with divided differences"
        print(f"n = {n:2}, {name:24}: {r.nfev:5} evaluations, f = {r.fun:.0e}, error {error:.0e}")
    assert counts[1] < counts[0]
assert error < 1e-4

# %%
# With differences the count has a factor of :math:`n + 1` in it; with the gradient it has none. And
# where the gradient is nearly zero, at the end, differences have few correct digits left.
#
# Newton's method with a trust region
# -----------------------------------
#
# :func:`fastad.minimize` makes the derivatives that the method asks for: the gradient, and here the
# Hessian.

paths = {}
for method, options in (("L-BFGS-B", {"ftol": 1e-15}), ("trust-exact", {"gtol": 1e-10})):
    path = [start]
    r = fastad.minimize(
        rosenbrock,
        start,
        method=method,
        callback=lambda x, path=path: path.append(x.copy()),
        options=options,
    )
    paths[method] = np.array(path)
    print(f"{method:12} {len(path) - 1:3} steps, f = {r.fun:.1e}")
    assert np.allclose(r.x, 1.0, atol=1e-4)

# %%
# The paths
# ---------

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
p, q = np.meshgrid(np.linspace(-1.6, 1.4, 241), np.linspace(-0.6, 1.7, 201))
left.contourf(p, q, np.log10(0.01 + scipy.optimize.rosen([p, q])), 14, cmap="Greys_r", alpha=0.8)
styles = {"L-BFGS-B": ("#D55E00", "o"), "trust-exact": ("#0072B2", "s")}
for method, path in paths.items():
    color, marker = styles[method]
    left.plot(*path.T, marker + "-", color=color, ms=4, lw=1.5, label=method)
    heights = [rosenbrock(x) for x in path]
    right.semilogy(np.maximum(heights, 1e-32), marker + "-", color=color, ms=4, label=method)
left.plot(1.0, 1.0, "*", ms=15, color="#F0E442", mec="black", label="minimum")
left.set(xlabel="$x_0$", ylabel="$x_1$", xlim=(-1.6, 1.4), ylim=(-0.6, 1.7))
right.set(xlabel="step", ylabel="$f$")
right.grid(alpha=0.3)
left.legend(loc="upper center")
right.legend()
plt.show()

# %%
# Both go down into the valley at once, and then along it. The Newton steps end with the fall that
# :doc:`newtons_method` explains: each step squares the error.
#
# References
# ----------
#
# * Rosenbrock, H. H. (1960). An automatic method for finding the greatest or least value of a
#   function. The Computer Journal 3.
# * Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, second edition. Springer.
