r"""
Hessian-vector products: curvature without the matrix
=====================================================

The Hessian of a function of :math:`n` variables has :math:`n^2` entries. Its product with one
vector costs only a few times the function itself, whatever :math:`n` is: it is the derivative of
the gradient along :math:`v`,

.. math:: H v = \frac{d}{dt} \nabla f(x + t v) \Big|_{t = 0}.
"""

import time

import matplotlib.pyplot as plt
import numba
import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

import fastad

# %%
# The energy of a chain of masses between springs that grow stiff:


@numba.njit
def energy(x):
    total = 0.5 * x[0] ** 2
    for i in range(len(x) - 1):
        stretch = x[i + 1] - x[i]
        total += 0.5 * stretch**2 + 0.25 * stretch**4
    return total + 0.5 * x[-1] ** 2


hessian = fastad.hessian(energy)
product = fastad.hvp(energy)

x = np.random.default_rng(0).normal(size=40)
v = np.random.default_rng(1).normal(size=40)
assert np.allclose(product(x, v), hessian(x) @ v, rtol=1e-12)

# %%
# The Hessian by hand: a spring between :math:`i` and :math:`i+1` with the stretch :math:`s` adds
# :math:`1 + 3 s^2` to two diagonal entries and subtracts it from the two beside.

stiffness = 1.0 + 3.0 * np.diff(x) ** 2
by_hand = np.diag(np.append(1.0, stiffness) + np.append(stiffness, 1.0))
by_hand -= np.diag(stiffness, 1) + np.diag(stiffness, -1)
assert np.allclose(hessian(x), by_hand, rtol=1e-13)

# %%
# What it costs
# -------------
#
# Times are measured on this page, the least of several runs, and divided by that of the function.


def seconds(call, *args):
    call(*args)
    times = []
    for _ in range(9):
        begin = time.perf_counter()
        call(*args)
        times.append(time.perf_counter() - begin)
    return min(times)


@numba.njit
def many(x, calls):  # so that it is the function that is measured, not a call from Python
    total = 0.0
    for _ in range(calls):
        x[0] += 1e-9  # so that no two calls are the same
        total += energy(x)
    return total


sizes = [200, 400, 800, 1600]
ratios = []
for n in sizes:
    x = np.random.default_rng(n).normal(size=n)
    once = seconds(many, x, 1000) / 1000
    ratios.append((seconds(product, x, x) / once, seconds(hessian, x) / once))
    print(f"n = {n:4}: hvp {ratios[-1][0]:5.1f}, hessian {ratios[-1][1]:8.1f} times the function")

# %%
# What it is good for
# -------------------
#
# Many methods ask for the matrix only by its products. *Power iteration* finds the greatest
# eigenvalue: multiply, normalise, repeat. *Conjugate gradients* solve :math:`H p = -\nabla f`, the
# step of Newton's method. Both run here in ten thousand variables, where the matrix would fill 800
# megabytes.

n = 10_000
x = np.random.default_rng(2).normal(size=n)
v = np.random.default_rng(3).normal(size=n)
eigenvalues = []
for _ in range(300):
    v /= np.linalg.norm(v)
    hv = product(x, v)
    eigenvalues.append(v @ hv)  # Rayleigh's quotient
    v = hv

operator = LinearOperator((n, n), matvec=lambda u: product(x, u.ravel()), dtype=float)
(reference,) = eigsh(operator, k=1, which="LA", return_eigenvectors=False)
print(
    f"greatest eigenvalue: power iteration {eigenvalues[-1]:.6f}, SciPy's Lanczos {reference:.6f}"
)
assert abs(eigenvalues[-1] / reference - 1.0) < 1e-4

# %%
# Newton's method for the least energy, with a constant pull on the last mass. Each system is solved
# by conjugate gradients, and each step of these takes one product.


@numba.njit
def pulled(x, force):
    return energy(x) - force * x[-1]


gradient = fastad.grad(pulled)
y, products = np.zeros(50), 0
g = gradient(y, 40.0)
sizes_of_gradient = [np.linalg.norm(g)]
while sizes_of_gradient[-1] > 1e-8:
    p, r, d = np.zeros(50), -g, -g
    while np.linalg.norm(r) > 1e-10 * np.linalg.norm(g):
        hd = product(y, d)
        step = (r @ r) / (d @ hd)
        p, r_next = p + step * d, r - step * hd
        d, r = r_next + (r_next @ r_next) / (r @ r) * d, r_next
        products += 1
    y = y + p
    g = gradient(y, 40.0)
    sizes_of_gradient.append(np.linalg.norm(g))
print("norm of the gradient:", ", ".join(f"{s:.0e}" for s in sizes_of_gradient))
print("products with the Hessian:", products)

# At rest every spring pulls as much as the next: s + s^3 is the same for all, and so is s.
stretches = np.diff(y)
assert np.allclose(stretches, stretches[0], rtol=1e-6)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.loglog(sizes, np.array(ratios)[:, 1], "o-", color="#D55E00", label="hessian")
left.loglog(sizes, np.array(ratios)[:, 0], "s-", color="#0072B2", label="hvp")
left.set(xlabel="number of variables", ylabel="time, in times of the function")
left.legend()
right.semilogy(np.abs(np.array(eigenvalues) / reference - 1.0), color="#0072B2")
right.set(xlabel="power iteration", ylabel="relative error of the greatest eigenvalue")
for axes in (left, right):
    axes.grid(alpha=0.3)
plt.show()

# %%
# On the left the product settles at a few evaluations of the function (for few variables the call
# from Python weighs more than the work). The matrix takes one such product for each column.
#
# References
# ----------
#
# * Pearlmutter, B. A. (1994). Fast exact multiplication by the Hessian. Neural Computation 6.
# * Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, second edition. Springer,
#   chapter 7.
