r"""
Reverse mode: the chain rule from the result back
=================================================

Forward mode asks: if this input moves, how does everything move? Reverse mode asks the other
question: if *the result* is to move, how much does it owe to each value? That number is the value's
*adjoint*,

.. math:: \bar v = \frac{\partial y}{\partial v}.

All adjoints come out of one sweep from the last step to the first, however many inputs there are.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import fastad


def f(x1, x2):
    return x1 * x2 + fastad.sin(x1)


# %%
# The rule
# --------
#
# First the program runs as it is, and its values are kept. Then come its steps in the opposite
# order. A step :math:`v_i = \varphi(v_j, v_k)` hands its adjoint on to what it read:
#
# .. math::
#
#    \bar v_j \mathrel{+}= \bar v_i\,\frac{\partial \varphi}{\partial v_j}, \qquad
#    \bar v_k \mathrel{+}= \bar v_i\,\frac{\partial \varphi}{\partial v_k}.
#
# It is *added*, since a value may be read in several places: below :math:`x_1` gets one part from
# the product and one from the sine. The seed is 1, the derivative of the result by itself.

x1, x2 = 2.0, 3.0
v1 = x1 * x2
v2 = math.sin(x1)
v3 = v1 + v2

adjoint = {"x1": 0.0, "x2": 0.0, "v1": 0.0, "v2": 0.0, "v3": 1.0}
print("reverse of         partials          x1_bar    x2_bar    v1_bar    v2_bar")
for result, text, partials in (
    ("v3", "v3 = v1 + v2", {"v1": 1.0, "v2": 1.0}),
    ("v2", "v2 = sin(x1)", {"x1": math.cos(x1)}),
    ("v1", "v1 = x1 * x2", {"x1": x2, "x2": x1}),
):
    for operand, partial in partials.items():
        adjoint[operand] += adjoint[result] * partial
    numbers = ", ".join(f"{p:.4f}" for p in partials.values())
    so_far = "".join(f"{adjoint[v]:10.5f}" for v in ("x1", "x2", "v1", "v2"))
    print(f"{text:18} {numbers:14} {so_far}")

assert math.isclose(adjoint["x1"], 3.0 + math.cos(2.0))  # by hand: x2 + cos(x1)
assert adjoint["x2"] == 2.0  # by hand: x1

# %%
# Forward mode needed two passes for these two numbers.
#
# Tape and Var
# ------------
#
# A :class:`fastad.Tape` does both halves. Its variables are numbers, :class:`fastad.Var`, that
# write down every operation they go through.

tape = fastad.Tape()
a, b = tape.variable(2.0), tape.variable(3.0)
y = f(a, b)
print("value   ", y.value)
print("gradient", tape.gradient(y))

# %%
# The record is a table. Each row is a step: which rows it read (0 stands for a constant), and the
# partial derivatives by them. Rows 1 and 2 are the variables. ``gradient`` goes through it from
# below.

first = 1 + tape.n_variables
for row in range(first, first + tape.n_statements()):
    print(f"row {row}: reads rows {tape.operands[row]}, partials {tape.partials[row]}")

assert list(tape.gradient(y)) == [adjoint["x1"], adjoint["x2"]]

# %%
# fastad.vjp and fastad.grad
# --------------------------
#
# For functions that are compiled, :func:`fastad.vjp` writes the sweep as a program. It takes the
# adjoint of the result after the arguments. :func:`fastad.grad` is the same with the seed 1.

g = fastad.grad(f, argnums=(0, 1))
assert g(2.0, 3.0) == (adjoint["x1"], adjoint["x2"])

# %%
# A gradient at each point of a grid, drawn over the levels of :math:`f`: the arrows stand at right
# angles to the lines, and are long where the lines are close together.

p, q = np.meshgrid(np.linspace(-4.0, 4.0, 17), np.linspace(-3.0, 3.0, 13))
u, v = np.vectorize(g)(p, q)
assert np.allclose(u, q + np.cos(p))
assert np.allclose(v, p)

fine = np.meshgrid(np.linspace(-4.0, 4.0, 161), np.linspace(-3.0, 3.0, 121))
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
levels = axes.contourf(*fine, fine[0] * fine[1] + np.sin(fine[0]), 14, cmap="Blues")
axes.quiver(p, q, u, v, color="#D55E00", width=0.003)
figure.colorbar(levels, label="$f(x_1, x_2)$")
axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", title="$f$ and its gradient")
plt.show()

# %%
# References
# ----------
#
# * Linnainmaa, S. (1976). Taylor expansion of the accumulated rounding error. BIT 16 (the method
#   is in his thesis of 1970).
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapters 3
#   and 6.
