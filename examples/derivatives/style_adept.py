r"""
In the style of Adept: a stack of statements
============================================

A tape that holds one entry for each operation is long. Adept, a C++ library, records *statements*
instead: one entry for a whole right-hand side, with the partial derivative by each variable in it.
fastad's :class:`fastad.Tape` took up the idea.
"""

import math

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# There
# -----
#
# .. code-block:: cpp
#
#    adept::Stack stack;
#    adept::adouble x1 = 2.0, x2 = 3.0;
#    stack.new_recording();
#    adept::adouble y = x1 * x2 + sin(x1);     // one statement on the stack
#    y.set_gradient(1.0);
#    stack.reverse();
#    double by_x1 = x1.get_gradient(), by_x2 = x2.get_gradient();
#
# Here
# ----
#
# The tape is made, filled and swept inside a compiled function.


@numba.njit
def f(x):
    return x[0] * x[1] + math.sin(x[0])


@numba.njit
def gradient_of_f(tape, x):
    tape.reset()
    y = f(tape.variables(x))
    return y.value, tape.gradient(y)


tape = fastad.Tape()
value, gradient = gradient_of_f(tape, np.array([2.0, 3.0]))
print("value", value, "gradient", gradient)

assert value == 6.0 + math.sin(2.0)
assert np.array_equal(gradient, [3.0 + math.cos(2.0), 2.0])

# %%
# The stack
# ---------
#
# A row of the tape holds up to two operands and the partial derivatives by them; operand 0 stands
# for none. The highest bit of the first operand says that the row goes on with the statement before
# it. So ``x1 * x2 + sin(x1)``, three operations, is one statement in two rows.


def print_rows(tape):
    first = 1 + tape.n_variables
    for row in range(first, first + tape.n_statements()):
        a, b = tape.operands[row]
        goes_on = "goes on, " if a < 0 else ""
        print(f"row {row}: {goes_on}operands {a & 0x7FFFFFFF} {b}, partials {tape.partials[row]}")


print_rows(tape)
assert tape.n_statements() == 2

# %%
# A loop
# ------
#
# .. code-block:: cpp
#
#    adept::adouble y = x1;
#    for (int i = 0; i < steps; ++i) y = y * x2 + sin(x1);


@numba.njit
def loop(x, steps):
    y = x[0]
    for _ in range(steps):
        y = y * x[1] + np.sin(x[0])
    return y


@numba.njit
def gradient_of_loop(tape, x, steps):
    tape.reset()
    y = loop(tape.variables(x), steps)
    return y.value, tape.gradient(y)


x = np.array([0.7, 0.9])
value, gradient = gradient_of_loop(tape, x, 10)
print("value", value, "gradient", gradient)

step = 1e-30j
by_complex_step = [
    loop.py_func(x + np.array([step, 0.0]), 10).imag / 1e-30,
    loop.py_func(x + np.array([0.0, step]), 10).imag / 1e-30,
]
assert np.allclose(gradient, by_complex_step, rtol=1e-14)

# %%
# Why compiled code
# -----------------
#
# In the interpreter an operation is done before the next one is known, so each gets a row of its
# own. The compiler sees the types of the whole expression, as C++ does with *expression templates*:
# it writes one statement.

counts = {"interpreted": [], "compiled": []}
steps = np.arange(0, 21, 2)
for n in steps:
    gradient_of_loop(tape, x, n)
    counts["compiled"].append(tape.n_statements())
    tape.reset()
    x1, x2 = tape.variable(x[0]), tape.variable(x[1])
    y = loop.py_func((x1, x2), n)
    counts["interpreted"].append(tape.n_statements())
assert counts["interpreted"] == list(3 * steps)
assert counts["compiled"] == list(2 * steps)

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(
    steps, counts["interpreted"], "o-", color="#D55E00", label="interpreted: a row an operation"
)
axes.plot(
    steps, counts["compiled"], "s-", color="#0072B2", label="compiled: a statement of two rows"
)
axes.set(xlabel="steps of the loop", ylabel="rows on the tape", xticks=steps[::2])
axes.grid(alpha=0.3)
axes.legend()
plt.show()

# %%
# What differs
# ------------
#
# * Adept keeps two stacks, one of statements and one of operands with their multipliers, so a
#   statement may be of any length. A row of fastad has two operands, and a long sum several rows.
# * Adept has one active stack, to which all ``adouble`` numbers write. A ``Var`` knows its tape,
#   and there may be several.
# * An ``adouble`` is declared in the function's text. A function for :class:`fastad.Tape` is
#   written for floats.
#
# References
# ----------
#
# * Hogan, R. J. (2014). Fast reverse-mode automatic differentiation using expression templates in
#   C++. ACM Transactions on Mathematical Software 40.
