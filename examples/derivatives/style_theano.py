r"""
In the style of Theano: a derivative is a function
==================================================

In Theano one wrote a formula with symbols, asked for the formula of its gradient, and compiled
both. PyTensor goes on with it. fastad gives the same in the end, a compiled function of the
gradient; but the formula is a Python function, and what is differentiated is its source.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import fastad

# %%
# There
# -----
#
# .. code-block:: python
#
#    x1, x2 = T.dscalars("x1", "x2")            # symbols
#    y = x1 * x2 + T.sin(x1)                    # a graph of symbols
#    by_x1, by_x2 = theano.grad(y, [x1, x2])    # more of the graph
#    gradient = theano.function([x1, x2], [by_x1, by_x2])
#    gradient(2.0, 3.0)
#
# Here
# ----
#
# The symbols are the parameters of a function.


def f(x1, x2):
    return x1 * x2 + math.sin(x1)


gradient = fastad.grad(f, argnums=(0, 1))
print(gradient(2.0, 3.0))

assert gradient(2.0, 3.0) == (3.0 + math.cos(2.0), 2.0)

# %%
# In place of a graph to look at there is a program:

print(gradient.source)

# %%
# A loop
# ------
#
# A graph of symbols has no loops. Theano's are a function of their own, ``scan``:
#
# .. code-block:: python
#
#    steps = T.iscalar("steps")
#    ys, updates = theano.scan(
#        lambda y, x1, x2: y * x2 + T.sin(x1),
#        outputs_info=x1, non_sequences=[x1, x2], n_steps=steps,
#    )
#    by_x1, by_x2 = theano.grad(ys[-1], [x1, x2])
#    gradient = theano.function([x1, x2, steps], [by_x1, by_x2], updates=updates)
#
# fastad reads Python's loop, and writes one that runs backwards.


def loop(x1, x2, steps):
    y = x1
    for _ in range(steps):
        y = y * x2 + np.sin(x1)
    return y


loop_gradient = fastad.grad(loop, argnums=(0, 1))
print(loop_gradient(0.7, 0.9, 10))

step = 1e-30j
by_complex_step = [loop(0.7 + step, 0.9, 10).imag / 1e-30, loop(0.7, 0.9 + step, 10).imag / 1e-30]
assert np.allclose(loop_gradient(0.7, 0.9, 10), by_complex_step, rtol=1e-14)

# %%
# Derivatives of derivatives
# --------------------------
#
# The result is a function like any other, so it can be differentiated again. Theano has this, too:
# its gradient is a formula.

second = fastad.derivative(fastad.derivative(f))
x = np.linspace(0.0, 2.0 * np.pi, 200)
slopes = np.array([gradient(v, 0.5)[0] for v in x])
bends = np.array([second(v, 0.5) for v in x])
assert np.allclose(bends, -np.sin(x), rtol=1e-14, atol=1e-15)

figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
axes.plot(x, 0.5 * x + np.sin(x), color="black", lw=2, label="$f(x_1, 0.5)$")
axes.plot(x, slopes, color="#0072B2", lw=2, label=r"$\partial f / \partial x_1$")
axes.plot(x, bends, color="#D55E00", lw=2, label=r"$\partial^2 f / \partial x_1^2$")
axes.set(xlabel="$x_1$")
axes.grid(alpha=0.3)
axes.legend()
plt.show()

# %%
# What differs
# ------------
#
# * Theano's graph is made by running Python code on symbols: an ``if`` of Python has been decided
#   before the graph exists. fastad reads the ``if`` and keeps it.
# * Theano simplifies its formula and may make C code of it. fastad hands its program to Numba.
# * Symbols have types and numbers of dimensions when they are made; a driver of fastad is compiled
#   for the types of the arguments when it is called.
#
# References
# ----------
#
# * Al-Rfou, R. et al. (2016). Theano: a Python framework for fast computation of mathematical
#   expressions. arXiv:1605.02688.
