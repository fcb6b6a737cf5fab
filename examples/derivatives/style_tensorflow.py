r"""
In the style of TensorFlow: a gradient tape
===========================================

TensorFlow's eager mode records operations while a ``with`` block is open, and then goes back over
the record. Its name for the record, a *tape*, is an old one in automatic differentiation. This page
shows a function and a loop in that style, and the same with :class:`fastad.Tape`.
"""

import matplotlib.pyplot as plt
import numpy as np

import fastad

# %%
# There
# -----
#
# .. code-block:: python
#
#    x1, x2 = tf.Variable(2.0), tf.Variable(3.0)
#    with tf.GradientTape() as tape:
#        y = x1 * x2 + tf.sin(x1)
#    by_x1, by_x2 = tape.gradient(y, [x1, x2])
#
# Here
# ----
#
# A tape makes its own variables. Whatever is computed from them is recorded; there is no block to
# be in.

tape = fastad.Tape()
x1, x2 = tape.variable(2.0), tape.variable(3.0)
y = x1 * x2 + np.sin(x1)
by_x1, by_x2 = tape.gradient(y)
print("value", y.value, "gradient", by_x1, by_x2)

assert by_x1 == 3.0 + np.cos(2.0)
assert by_x2 == 2.0

# %%
# A loop
# ------
#
# .. code-block:: python
#
#    with tf.GradientTape() as tape:
#        y = x1
#        for _ in range(10):
#            y = y * x2 + tf.sin(x1)
#    by_x1, by_x2 = tape.gradient(y, [x1, x2])
#
# The loop is Python's in both. What is recorded is what it did: ten times three operations.


def loop(x1, x2, steps):
    y = x1
    for _ in range(steps):
        y = y * x2 + np.sin(x1)
    return y


tape.reset()  # forgets the old record and keeps its memory
x1, x2 = tape.variable(0.7), tape.variable(0.9)
y = loop(x1, x2, 10)
gradient = tape.gradient(y)
print("value", y.value, "gradient", gradient, "statements", tape.n_statements())

# %%
# The complex step, exact to rounding, says the same:

step = 1e-30j
by_complex_step = [loop(0.7 + step, 0.9, 10).imag / 1e-30, loop(0.7, 0.9 + step, 10).imag / 1e-30]
assert np.allclose(gradient, by_complex_step, rtol=1e-14)

# %%
# One tape, many results
# ----------------------
#
# ``tape.gradient`` may be called for any number that the tape saw, as often as one likes.
# (TensorFlow gives its tape's memory free after the first gradient, unless it was made with
# ``persistent=True``.) So one recording gives the gradient after each step of the loop:

tape.reset()
x1, x2 = tape.variable(0.7), tape.variable(0.9)
y, gradients = x1, []
for _ in range(30):
    y = y * x2 + np.sin(x1)
    gradients.append(tape.gradient(y))
gradients = np.array(gradients)
assert np.allclose(gradients[9], by_complex_step, rtol=1e-14)

figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
axes.plot(range(1, 31), gradients[:, 0], "o-", color="#0072B2", label="by $x_1$")
axes.plot(range(1, 31), gradients[:, 1], "s-", color="#D55E00", label="by $x_2$")
axes.set(xlabel="step of the loop", ylabel="derivative of $y$")
axes.grid(alpha=0.3)
axes.legend()
plt.show()

# %%
# What differs
# ------------
#
# * TensorFlow records operations on tensors; fastad's tape records operations on single numbers.
# * TensorFlow's variables exist before the tape, which watches them. A ``Var`` belongs to its tape.
# * A ``Var`` may be passed to an ``@njit`` function written for floats, and a tape may be made and
#   swept inside compiled code. There :func:`fastad.grad` is shorter, and faster.
#
# References
# ----------
#
# * Agrawal, A. et al. (2019). TensorFlow Eager: a multi-stage, Python-embedded DSL for machine
#   learning. Proceedings of SysML.
# * TensorFlow, documentation of ``tf.GradientTape`` (read in 2026).
