r"""
Several components: a gradient in one pass
==========================================

A dual number carries the derivative along one direction. For a gradient in :math:`n` variables that
makes :math:`n` passes, and each computes the same values again. Give the number :math:`n`
infinitesimal parts instead:

.. math:: x + \dot x_1\,\varepsilon_1 + \dots + \dot x_n\,\varepsilon_n, \qquad
          \varepsilon_i\,\varepsilon_j = 0.

Then one pass carries all of them.
"""

import math
import time

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad
from fastad import Jet

# %%
# The product rule is now one for each component:
#
# .. math::
#
#    \Big(a + \sum_i a_i\,\varepsilon_i\Big) \Big(b + \sum_i b_i\,\varepsilon_i\Big)
#      = ab + \sum_i (a_i b + a\,b_i)\,\varepsilon_i.
#
# The seeds are the unit vectors: :math:`x_1 = 2 + \varepsilon_1` and :math:`x_2 = 3 +
# \varepsilon_2`.
#
# fastad.Jet
# ----------
#
# :class:`fastad.Jet` is such a number, ``Jet(value, partials)`` with a tuple of any length.

x1, x2 = Jet(2.0, (1.0, 0.0)), Jet(3.0, (0.0, 1.0))
y = x1 * x2 + fastad.sin(x1)
print("x1 * x2 =", x1 * x2)
print("y       =", y)

assert (x1 * x2).partials == (3.0, 2.0)
assert y.partials == (3.0 + math.cos(2.0), 2.0)

# %%
# In compiled code it is a few floats in registers, not an object in memory.


@numba.njit
def f(x1, x2):
    return x1 * x2 + math.sin(x1)


@numba.njit
def value_and_gradient(x1, x2):
    r = f(Jet(x1, (1.0, 0.0)), Jet(x2, (0.0, 1.0)))
    return r.value, r.partials


print(value_and_gradient(2.0, 3.0))
assert value_and_gradient(2.0, 3.0) == (6.0 + math.sin(2.0), (3.0 + math.cos(2.0), 2.0))

# %%
# How many at once?
# -----------------
#
# More components take fewer passes, but each pass then works with longer numbers. The drivers
# choose 8; ``chunk_size`` changes that. Below is a gradient in 24 variables: with one component 24
# passes, with 24 a single one. Times are measured here, the least of several runs, as multiples of
# the function's own.


@numba.njit
def distances(x):
    total = 0.0
    for i in range(x.size):
        for j in range(i):
            total += math.sqrt(1.0 + (x[i] - x[j]) ** 2)
    return total


def seconds(call, x):
    call(x)
    times = []
    for _ in range(30):
        begin = time.perf_counter()
        for _ in range(10):
            call(x)
        times.append((time.perf_counter() - begin) / 10)
    return min(times)


x = np.random.default_rng(0).normal(size=24)
gap = x[:, None] - x[None, :]
by_hand = np.sum(gap / np.sqrt(1.0 + gap**2), axis=1)

once = seconds(distances, x)
chunks, ratios = (1, 2, 4, 8, 24), []
for chunk in chunks:
    gradient = fastad.grad(distances, mode="forward", chunk_size=chunk)
    assert np.allclose(gradient(x), by_hand, rtol=1e-13)
    ratios.append(seconds(gradient, x) / once)
    print(f"{chunk:2} components, {24 // chunk:2} passes: {ratios[-1]:5.1f} times the function")

figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
bars = axes.bar([str(c) for c in chunks], ratios, color="#0072B2")
axes.bar_label(bars, fmt="%.1f")
axes.margins(y=0.1)
axes.set(xlabel="components in one pass", ylabel="time of a gradient\n(in times of the function)")
plt.show()

# %%
# A value that is shared, here the root, is computed once a pass, whatever the number of components;
# and the processor works on several components in one instruction. For many more variables
# :doc:`reverse_mode` is the answer.
#
# References
# ----------
#
# * Revels, J., Lubin, M. and Papamarkou, T. (2016). Forward-mode automatic differentiation in
#   Julia. arXiv:1607.07892.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 3.
