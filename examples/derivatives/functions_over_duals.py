r"""
Functions of dual numbers: sin, exp, division, the chain rule
=============================================================

Polynomials of a dual number follow from :math:`\varepsilon^2 = 0` alone. Other functions are
*defined* by the first two terms of their Taylor series:

.. math:: f(a + b\,\varepsilon) = f(a) + f'(a)\,b\,\varepsilon.

Each needs its derivative known once. The chain rule does the rest, and nobody has to write it.
"""

import math

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad
from fastad import Dual

# %%
# Three of them
# -------------
#
# .. math::
#
#    \sin(a + b\,\varepsilon) &= \sin a + b \cos a\,\varepsilon \\
#    e^{a + b\,\varepsilon} &= e^a + b\,e^a\,\varepsilon \\
#    \frac{a + b\,\varepsilon}{c + d\,\varepsilon}
#      &= \frac{(a + b\,\varepsilon)(c - d\,\varepsilon)}{(c + d\,\varepsilon)(c - d\,\varepsilon)}
#       = \frac{a}{c} + \frac{bc - ad}{c^2}\,\varepsilon
#
# The last one is the quotient rule; it needs no definition, for :math:`(c + d\,\varepsilon)
# (c - d\,\varepsilon) = c^2`. In :mod:`fastad` all three are there:

x, y = Dual(2.0, 1.0), Dual(5.0, 3.0)
print("sin(x) =", fastad.sin(x))
print("exp(x) =", fastad.exp(x))
print("x / y  =", x / y)

assert fastad.sin(x).tangent == math.cos(2.0)
assert fastad.exp(x).tangent == math.exp(2.0)
assert math.isclose((x / y).tangent, (1.0 * 5.0 - 2.0 * 3.0) / 5.0**2)

# %%
# The chain rule
# --------------
#
# Put :math:`g(x + \varepsilon) = g(x) + g'(x)\,\varepsilon` into :math:`f`:
#
# .. math::
#
#    f(g(x + \varepsilon)) = f(g(x) + g'(x)\,\varepsilon) = f(g(x)) + f'(g(x))\,g'(x)\,\varepsilon.
#
# That is the chain rule. It holds for each further function, too; so a program of any length, run
# on dual numbers, carries the derivative of all that it has done so far. For :math:`\sin(x^2)`,
# step by step:

u = x * x
v = fastad.sin(u)
print("u = x * x   =", u)
print("v = sin(u)  =", v)
print("cos(4) * 4  =", math.cos(4.0) * 4.0)
assert v.tangent == math.cos(4.0) * 4.0

# %%
# A whole function, in Python
# ---------------------------
#
# In the interpreter, write ``fastad.sin`` (or ``np.sin``): ``math.sin`` takes floats only.


def wave(x):
    return fastad.exp(-x) * fastad.sin(3.0 * x) / (1.0 + x * x)


def wave_slope(x):  # by hand, to compare
    s, c = np.sin(3.0 * x), np.cos(3.0 * x)
    return np.exp(-x) * ((3.0 * c - s) / (1.0 + x * x) - 2.0 * x * s / (1.0 + x * x) ** 2)


print("wave(0.5 + eps) =", wave(Dual(0.5, 1.0)))
print("by hand              ", wave_slope(0.5))

# %%
# The same in compiled code
# -------------------------
#
# ``Dual`` works in functions compiled by Numba, where ``math.sin`` is fine as well. This one starts
# from a float, makes the dual number inside, and returns both parts.


@numba.njit
def value_and_slope(x):
    d = Dual(x, 1.0)
    r = math.exp(-d) * math.sin(3.0 * d) / (1.0 + d * d)
    return r.value, r.tangent


t = np.linspace(0.0, 3.0, 301)
values, slopes = np.array([value_and_slope(x) for x in t]).T
assert np.allclose(values, wave(t), rtol=1e-13)
assert np.allclose(slopes, wave_slope(t), rtol=1e-12, atol=1e-14)

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.axhline(0.0, color="0.7", lw=0.8)
axes.plot(t, values, color="#0072B2", lw=2, label="value: $e^{-x} \\sin(3x) / (1 + x^2)$")
axes.plot(t, slopes, color="#D55E00", lw=2, label="tangent: its derivative")
axes.plot(t[::20], wave_slope(t[::20]), "o", mfc="none", color="black", label="derivative by hand")
axes.set(xlabel="$x$")
axes.legend()
plt.show()

# %%
# Where the value has its greatest and least points the tangent passes through zero. For much work
# prefer :func:`fastad.derivative`: it compiles the chain rule into the function, while each
# ``Dual`` is an object in memory of its own.

slope = fastad.derivative(lambda x: math.exp(-x) * math.sin(3.0 * x) / (1.0 + x * x))
assert math.isclose(slope(0.5), wave(Dual(0.5, 1.0)).tangent, rel_tol=1e-14)
print("fastad.derivative    ", slope(0.5))

# %%
# References
# ----------
#
# * Wengert, R. E. (1964). A simple automatic derivative evaluation program. Communications of the
#   ACM 7.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, section
#   3.1.
