r"""
In the style of CppAD: record once, replay
==========================================

CppAD records the operations of a C++ function at one point and makes an object of the record. That
object can then be evaluated and differentiated at other points, without the function.
:class:`fastad.ReplayTape` is fastad's object of this kind.
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
#    std::vector<CppAD::AD<double>> x = {2.0, 3.0}, y(1);
#    CppAD::Independent(x);                       // recording begins
#    y[0] = x[0] * x[1] + sin(x[0]);
#    CppAD::ADFun<double> f(x, y);                // recording ends
#
#    std::vector<double> at = {0.5, 4.0}, one = {1.0};
#    f.Forward(0, at);                            // the value at another point
#    std::vector<double> gradient = f.Reverse(1, one);
#
# Here
# ----
#
# A compiled function records: it resets the tape, makes the variables, runs the function and says
# what the output is.


@numba.njit
def f(x):
    return x[0] * x[1] + math.sin(x[0])


@numba.njit
def record(tape, x):
    tape.reset()
    tape.output(f(tape.variables(x)))


tape = fastad.ReplayTape()
record(tape, np.array([2.0, 3.0]))
print("recorded at (2, 3):  ", tape.value(), tape.gradient())

assert tape.replay(np.array([0.5, 4.0]))
print("replayed at (0.5, 4):", tape.value(), tape.gradient())

assert tape.value() == f(np.array([0.5, 4.0]))
assert np.array_equal(tape.gradient(), [4.0 + math.cos(0.5), 0.5])

# %%
# A loop, and a branch
# --------------------
#
# In C++ the loop runs while it is recorded, and so it does here. The record is a straight list of
# operations. What if a comparison would come out differently at another point? The list would then
# be the wrong one. CppAD counts such comparisons (``f.compare_change_number()``). Here ``replay``
# returns False, and the record has to be made anew.


@numba.njit
def clipped_loop(x):
    y = x[0]
    for _ in range(5):
        if y > 1.0:
            y = 1.0 + 0.1 * (y - 1.0)
        y = y * x[1] + math.sin(x[0])
    return y


@numba.njit
def record_loop(tape, x):
    tape.reset()
    tape.output(clipped_loop(tape.variables(x)))


x1 = np.linspace(-1.5, 1.5, 301)
values, gradients, recorded_at = [], [], []
record_loop(tape, np.array([x1[0], 0.8]))
for x in x1:
    point = np.array([x, 0.8])
    if not tape.replay(point):
        record_loop(tape, point)
        recorded_at.append(x)
    values.append(tape.value())
    gradients.append(tape.gradient())
values, gradients = np.array(values), np.array(gradients)
print(f"{x1.size} points, {1 + len(recorded_at)} recordings")

# %%
# :func:`fastad.grad` differentiates the function with its branches, and agrees:

gradient = fastad.grad(clipped_loop)
assert np.allclose(gradients, [gradient(np.array([x, 0.8])) for x in x1], rtol=1e-13)

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for x in recorded_at:
    axes.axvline(
        x, color="0.75", lw=1, zorder=0, label="recorded anew" if x == recorded_at[0] else None
    )
axes.plot(x1, values, color="black", lw=2, label="value")
axes.plot(x1, gradients[:, 0], color="#0072B2", lw=2, label="derivative by $x_1$")
axes.plot(x1, gradients[:, 1], color="#D55E00", lw=2, label="derivative by $x_2$")
axes.set(xlabel="$x_1$")
axes.legend()
plt.show()

# %%
# From one grey line to the next a single record serves. At each line the function takes another
# branch, and there the derivative may jump, as it does at the first. :func:`fastad.replayed` is a
# driver that does all this by itself.
#
# What differs
# ------------
#
# * CppAD's function works on ``AD<double>`` and is usually a template. Here it is any ``@njit``
#   function of floats.
# * CppAD's ``Forward`` and ``Reverse`` go to any order, as Taylor coefficients. The replay tape has
#   the value and the gradient.
# * CppAD goes on after a comparison has changed, and counts it. A replay tape refuses value and
#   gradient until it is recorded anew.
#
# References
# ----------
#
# * Bell, B. M. CppAD: a package for differentiation of C++ algorithms. COIN-OR; its documentation
#   of ``ADFun`` and of ``compare_change`` (read in 2026).
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM.
