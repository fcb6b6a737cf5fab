r"""
Forward mode: the chain rule along with the program
===================================================

A program is a list of small steps. Forward mode takes the steps in their order, and for each value
:math:`v` computes a second number beside it, its *tangent* :math:`\dot v`: the derivative of
:math:`v` along a direction that is chosen at the start.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import fastad


def f(x1, x2):
    return x1 * x2 + math.sin(x1)


# %%
# The rule
# --------
#
# A step :math:`v_i = \varphi(v_j, v_k)` reads values that are already known, with their tangents.
# The chain rule gives the new one:
#
# .. math::
#
#    \dot v_i = \frac{\partial \varphi}{\partial v_j}\,\dot v_j
#             + \frac{\partial \varphi}{\partial v_k}\,\dot v_k.
#
# For :math:`f(x_1, x_2) = x_1 x_2 + \sin x_1` at (2, 3), by :math:`x_1`: the *seed* is
# :math:`\dot x_1 = 1,\ \dot x_2 = 0`.

x1, x1_dot = 2.0, 1.0
x2, x2_dot = 3.0, 0.0

v1 = x1 * x2
v1_dot = x1_dot * x2 + x1 * x2_dot
v2 = math.sin(x1)
v2_dot = math.cos(x1) * x1_dot
v3 = v1 + v2
v3_dot = v1_dot + v2_dot

print("step            value     tangent, its rule               its value")
for step, value, rule, tangent in (
    ("x1", x1, "seed", x1_dot),
    ("x2", x2, "seed", x2_dot),
    ("v1 = x1 * x2", v1, "x1_dot * x2 + x1 * x2_dot", v1_dot),
    ("v2 = sin(x1)", v2, "cos(x1) * x1_dot", v2_dot),
    ("v3 = v1 + v2", v3, "v1_dot + v2_dot", v3_dot),
):
    print(f"{step:14} {value:8.5f}    {rule:28} {tangent:12.5f}")

assert math.isclose(v3_dot, 3.0 + math.cos(2.0))  # by hand: x2 + cos(x1)

# %%
# One pass from the top to the bottom: nothing has to be remembered but what the program itself
# remembers, and the cost is a small multiple of the program's. But it is *one* direction. The
# derivative by :math:`x_2` takes a second pass, with the seed (0, 1); a gradient in :math:`n`
# variables takes :math:`n`.
#
# fastad.jvp
# ----------
#
# :func:`fastad.jvp` makes this program. It takes the arguments and then the seed, and returns value
# and tangent. The name stands for *Jacobian times vector*: :math:`J \dot x`.

tangent_of_f = fastad.jvp(f, argnums=(0, 1))
print("along (1, 0):", tangent_of_f(2.0, 3.0, 1.0, 0.0))
print("along (0, 1):", tangent_of_f(2.0, 3.0, 0.0, 1.0))

assert tangent_of_f(2.0, 3.0, 1.0, 0.0)[1] == v3_dot

# %%
# ``source`` shows what was made: your line, with the line of its tangent before it.

print(tangent_of_f.source)

# %%
# Any direction
# -------------
#
# The seed may be any direction :math:`u`. The tangent is linear in it, :math:`\nabla f \cdot u`;
# over the angle of a direction of length 1 it is a sine curve, whose greatest value is the length
# of the gradient.

angles = np.linspace(0.0, 2.0 * np.pi, 181)
slopes = np.array([tangent_of_f(2.0, 3.0, np.cos(a), np.sin(a))[1] for a in angles])
gradient = np.array([3.0 + np.cos(2.0), 2.0])
steepest = np.arctan2(gradient[1], gradient[0])
assert np.allclose(slopes, np.cos(angles) * gradient[0] + np.sin(angles) * gradient[1], atol=1e-14)

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.axhline(0.0, color="0.7", lw=0.8)
axes.plot(np.degrees(angles), slopes, color="#0072B2", lw=2, label="tangent of $f$ along $u$")
for a, name in ((0.0, r"by $x_1$"), (np.pi / 2, r"by $x_2$")):
    slope = tangent_of_f(2.0, 3.0, np.cos(a), np.sin(a))[1]
    axes.plot(np.degrees(a), slope, "o", color="#D55E00")
    axes.annotate(name, (np.degrees(a), slope), (8, -14), textcoords="offset points")
axes.plot(np.degrees(steepest), np.hypot(*gradient), "*", ms=12, color="#009E73", label="gradient")
axes.set(xlabel="angle of the direction $u$ (degrees)", ylabel="derivative along $u$")
axes.set_xticks(range(0, 361, 45))
axes.legend()
plt.show()

# %%
# References
# ----------
#
# * Wengert, R. E. (1964). A simple automatic derivative evaluation program. Communications of the
#   ACM 7.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 3.
