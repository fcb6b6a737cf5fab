r"""
Source transformation: programs that write programs
===================================================

Operator overloading runs a program with other numbers. Source transformation reads the program's
text and writes a second program, that of its derivative. It is written once; then Numba compiles it
like any other, and nothing is recorded while it runs. :func:`fastad.show` shows what fastad writes.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import fastad

# %%
# A formula
# ---------
#
# The original, its tangent and its adjoint. The tangent goes on beside the original, line by line:
# ``result_dot`` is the product rule. The adjoint first computes the values, then comes the reverse
# of each line, the last first; each line of yours stands above its reverse as a comment.


def f(x1, x2):
    return x1 * x2 + math.sin(x1)


fastad.show(f, 2.0, 3.0)

# %%
# Only the types of the arguments matter. The function that :func:`fastad.grad` returns runs just
# this:

gradient = fastad.grad(f, argnums=(0, 1), mode="source")
print(gradient(2.0, 3.0))
assert gradient(2.0, 3.0) == (3.0 + math.cos(2.0), 2.0)

# %%
# A loop
# ------
#
# A loop's adjoint is a loop that runs backwards. ``y`` is overwritten in each iteration, and the
# product's reverse needs what it was: so the first loop stores it, and the second takes it from the
# store.


def loop(x, rate, steps):
    y = x
    for _ in range(steps):
        y = rate * y * (1.0 - y)
    return y


fastad.show(loop, 0.3, 3.2, 5)

# %%
# For a use of it, take the derivative by the start ``x``. If it grows with the steps, two starts
# that are close together part: the map is chaotic. The rate of growth is Lyapunov's exponent,
#
# .. math:: \lambda = \frac{1}{n} \log \left| \frac{\partial y_n}{\partial x} \right|.
#
# For the rate 4 it is known to be :math:`\log 2`.

slope = fastad.derivative(loop, mode="source")
steps = 600
rates = np.linspace(2.8, 4.0, 601)
with np.errstate(divide="ignore"):  # a derivative may be 0: an exponent of minus infinity
    exponents = np.log(np.abs([slope(0.3, rate, steps) for rate in rates])) / steps
print(f"rate 4: {exponents[-1]:.4f}; log 2 = {math.log(2.0):.4f}")
assert abs(exponents[-1] - math.log(2.0)) < 0.02

figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5.5), sharex=True, layout="constrained")
y = loop(0.3, rates, 500)
for _ in range(100):
    y = loop(y, rates, 1)
    above.plot(rates, y, ",", color="black", alpha=0.6)
above.set(ylabel="$y$ after 501 to 600 steps")
below.axhline(0.0, color="0.6", lw=0.8)
below.plot(rates, exponents, color="0.5", lw=0.8)
below.plot(
    rates, np.where(exponents > 0, exponents, np.nan), ".", ms=3, color="#D55E00", label="chaos"
)
below.plot(
    rates, np.where(exponents <= 0, exponents, np.nan), ".", ms=3, color="#0072B2", label="order"
)
below.set(xlabel="rate", ylabel="Lyapunov's exponent", ylim=(-1.5, 0.8))
below.legend(loc="lower left")
plt.show()

# %%
# An array written in place
# -------------------------
#
# The reverse of ``out[i] = e`` hands the adjoint of ``out[i]`` to what is in ``e``, and sets it to
# zero: the old value of ``out[i]`` had no part in the result.


def running_sum(x):
    out = np.empty_like(x)
    total = 0.0
    for i in range(x.size):
        total += x[i] ** 2
        out[i] = total
    return out


fastad.show(running_sum, np.ones(3), what=["source", "adjoint"])

# %%
# A check of the adjoint: the result :math:`\texttt{out}_i = \sum_{j \le i} x_j^2` has the Jacobian
# :math:`2 x_j` on and below the diagonal.

x = np.array([1.0, 2.0, 3.0])
jacobian = fastad.jacobian(running_sum, mode="source")(x)
print(jacobian)
assert np.array_equal(jacobian, np.tril(np.tile(2.0 * x, (3, 1))))

# %%
# What else fastad's compiler does, and in which order, is in its guide to source transformation.
#
# References
# ----------
#
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 6.
# * Hascoët, L. and Pascual, V. (2013). The Tapenade automatic differentiation tool: principles,
#   model, and specification. ACM Transactions on Mathematical Software 39.
# * Baydin, A. G., Pearlmutter, B. A., Radul, A. A. and Siskind, J. M. (2018). Automatic
#   differentiation in machine learning: a survey. Journal of Machine Learning Research 18.
# * Ott, E. (2002). Chaos in Dynamical Systems, second edition. Cambridge University Press.
