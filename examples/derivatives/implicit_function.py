r"""
Through a solver: unrolled, or by the implicit function theorem
===============================================================

A program often holds a solver: it repeats a step until an equation :math:`F(x, a) = 0` holds. What
is the derivative of the solution :math:`x(a)`? One can differentiate every step of the solver. Or
one can differentiate the equation, and forget how it was solved:

.. math:: F_x \frac{dx}{da} + F_a = 0 \quad\Rightarrow\quad \frac{dx}{da} = -\frac{F_a}{F_x}.
"""

import math

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# The equation is :math:`x = \cos(a x)`, so :math:`F(x, a) = x - \cos(a x)`. The implicit function
# theorem gives
#
# .. math:: \frac{dx}{da} = \frac{-x \sin(a x)}{1 + a \sin(a x)}.

a = 0.9
exact = a
for _ in range(200):  # more than enough
    exact = math.cos(a * exact)
exact_slope = -exact * math.sin(a * exact) / (1.0 + a * math.sin(a * exact))
print(f"x = {exact:.15f}, dx/da = {exact_slope:.15f}")

# %%
# Unrolled
# --------
#
# Fixed-point iteration, differentiated step by step. It works, but the derivative is not the
# value's: after each number of steps it is the derivative of *that* approximation.


@numba.njit
def fixed_point(a, steps):
    x = 1.0
    for _ in range(steps):
        x = math.cos(a * x)
    return x


unrolled = fastad.derivative(fixed_point)
steps = np.arange(1, 81)
value_error = [abs(fixed_point(a, k) - exact) for k in steps]
slope_error = [abs(unrolled(a, k) - exact_slope) for k in steps]
for k in (10, 20, 40):
    print(f"{k} steps: error of x {value_error[k - 1]:.0e}, of dx/da {slope_error[k - 1]:.0e}")
assert all(s > v for v, s in zip(value_error[9:40], slope_error[9:40], strict=True))

# %%
# The trap
# --------
#
# Bisection only halves an interval whose ends are numbers that do not depend on :math:`a`. Its
# comparisons do, but a comparison has no derivative. Step by step the derivative is 0: right for
# the program, wrong for the equation.


@numba.njit
def bisection(a):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if middle < math.cos(a * middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


print(
    "bisection finds",
    bisection(a),
    "and unrolled its derivative is",
    fastad.derivative(bisection)(a),
)
assert fastad.derivative(bisection)(a) == 0.0

# %%
# A rule of one's own
# -------------------
#
# :func:`fastad.custom_jvp` gives a function the derivative that you know. The solver stays as it
# is.


@fastad.custom_jvp
def solution(a):
    return bisection(a)


@solution.defjvp
def solution_jvp(primals, tangents):
    a, a_dot = primals[0], tangents[0]
    x = solution(a)
    return x, -x * math.sin(a * x) / (1.0 + a * math.sin(a * x)) * a_dot


# %%
# fastad.root
# -----------
#
# :func:`fastad.root` solves by Newton's method and has this rule built in; it finds the partial
# derivatives of :math:`F` by itself.


@numba.njit
def equation(x, a):
    return x - math.cos(a * x)


@numba.njit
def by_root(a):
    return fastad.root(equation, 1.0, a)


with_rule = fastad.derivative(solution)
with_root = fastad.derivative(by_root)
print(f"custom_jvp   {with_rule(a):.15f}")
print(f"fastad.root  {with_root(a):.15f}")
print(f"exact        {exact_slope:.15f}")
assert math.isclose(with_rule(a), exact_slope, rel_tol=1e-14)
assert math.isclose(with_root(a), exact_slope, rel_tol=1e-14)

# %%
# The picture shows both errors over the steps of the fixed-point iteration. The derivative lags:
# its error falls like :math:`k\,q^k`, the value's like :math:`q^k`, with :math:`q = |a \sin(a x)|`.
# The implicit rule, with the value after :math:`k` steps put in, is as good as that value.

implicit = []
for k in steps:
    x = fixed_point(a, k)
    implicit.append(abs(-x * math.sin(a * x) / (1.0 + a * math.sin(a * x)) - exact_slope))

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
floor = 1e-17
axes.semilogy(
    steps, np.maximum(slope_error, floor), color="#D55E00", lw=2, label="derivative, unrolled"
)
axes.semilogy(steps, np.maximum(value_error, floor), color="0.4", lw=2, label="value $x$")
axes.semilogy(
    steps, np.maximum(implicit, floor), color="#0072B2", lw=2, ls="--", label="derivative, implicit"
)
axes.set(xlabel="steps of the solver", ylabel="absolute error", ylim=(3e-18, 3))
axes.grid(alpha=0.3)
axes.legend()
plt.show()

# %%
# References
# ----------
#
# * Gilbert, J. C. (1992). Automatic differentiation and iterative processes. Optimization Methods
#   and Software 1.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 15.
