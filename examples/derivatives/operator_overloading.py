r"""
Operator overloading: Dual and Var, and what they cost
======================================================

One way to differentiate a program is to run it as it is, with numbers of another kind. Such a
number says for itself what ``+``, ``*`` and ``sin`` mean. fastad has two of them:
:class:`fastad.Dual` for forward mode, :class:`fastad.Var` for reverse mode. The other way is to
write a new program, :doc:`source transformation <source_transformation>`.
"""

import math
import time

import matplotlib.pyplot as plt
import numba

import fastad

# %%
# One function, three kinds of numbers
# ------------------------------------
#
# The logistic map, repeated. The function says nothing of derivatives.


def orbit(x, steps):
    y = x
    for _ in range(steps):
        y = 3.9 * y * (1.0 - y)
    return y


# %%
# A float gives a float. A ``Dual`` goes along with its tangent, and has the derivative at once. A
# ``Var`` writes each operation down on a :class:`fastad.Tape`; the derivative comes from a sweep
# back over it.

value = orbit(0.3, 12)
dual = orbit(fastad.Dual(0.3, 1.0), 12)
tape = fastad.Tape()
var = orbit(tape.variable(0.3), 12)
(slope,) = tape.gradient(var)

print("float   ", value)
print("Dual    ", dual)
print("Var     ", var, "and its sweep", slope)
print("the tape holds", tape.n_statements(), "statements for 12 steps")

assert dual.value == var.value == value
assert math.isclose(dual.tangent, slope, rel_tol=1e-13)


# %%
# Written by hand, the derivative is a loop beside the loop:


def slope_by_hand(x, steps):
    y, y_dot = x, 1.0
    for _ in range(steps):
        y_dot = 3.9 * (1.0 - 2.0 * y) * y_dot
        y = 3.9 * y * (1.0 - y)
    return y_dot


assert math.isclose(slope, slope_by_hand(0.3, 12), rel_tol=1e-12)

# %%
# What it costs
# -------------
#
# In the interpreter each operation on a ``Dual`` or a ``Var`` is a call into compiled code. A
# driver compiles function and derivative together. All times are measured here, 1000 steps each,
# the least of several runs.

steps = 1000
compiled = numba.njit(orbit)
driver = fastad.derivative(orbit)


def with_var(x, steps):
    tape.reset()
    return tape.gradient(orbit(tape.variable(x), steps))


def seconds(call, *args):
    call(*args)  # compiles
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        call(*args)
        times.append(time.perf_counter() - begin)
    return min(times)


costs = {
    "the function, interpreted": seconds(orbit, 0.3, steps),
    "Dual, interpreted": seconds(orbit, fastad.Dual(0.3, 1.0), steps),
    "Var and sweep, interpreted": seconds(with_var, 0.3, steps),
    "the function, compiled": seconds(compiled, 0.3, steps),
    "fastad.derivative, compiled": seconds(driver, 0.3, steps),
}
per_step = {name: 1e9 * t / steps for name, t in costs.items()}
for name, t in per_step.items():
    print(f"{name:28} {t:10.1f} nanoseconds a step")

figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
colors = ["#0072B2" if name.endswith("compiled") else "#D55E00" for name in per_step]
bars = axes.barh(list(per_step), list(per_step.values()), color=colors)
axes.bar_label(bars, fmt=" {:,.0f}")
axes.set(xscale="log", xlabel="time of one step (nanoseconds)")
axes.set_xlim(1.0, 8.0 * max(per_step.values()))
axes.invert_yaxis()
plt.show()

# %%
# The numbers differ from machine to machine, their order does not: numbers of another kind cost
# much in the interpreter, and little is left of the cost once all is compiled. They are for
# learning, for trying out, and for programs whose operations are not known before they run.
#
# References
# ----------
#
# * Griewank, A., Juedes, D. and Utke, J. (1996). Algorithm 755: ADOL-C, a package for the
#   automatic differentiation of algorithms written in C/C++. ACM Transactions on Mathematical
#   Software 22.
# * Hogan, R. J. (2014). Fast reverse-mode automatic differentiation using expression templates in
#   C++. ACM Transactions on Mathematical Software 40.
