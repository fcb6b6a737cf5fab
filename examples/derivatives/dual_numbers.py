r"""
Dual numbers, step by step
==========================

A dual number is :math:`a + b\,\varepsilon`, where :math:`\varepsilon \ne 0` but
:math:`\varepsilon^2 = 0`. Clifford introduced them in 1873. Put one into a polynomial, and the
derivative comes out beside the value, without a limit and without a step.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastad import Dual

# %%
# Add and multiply
# ----------------
#
# One calculates as with complex numbers, only that :math:`\varepsilon^2` is 0 and not -1:
#
# .. math::
#
#    (a + b\,\varepsilon) + (c + d\,\varepsilon) &= (a + c) + (b + d)\,\varepsilon \\
#    (a + b\,\varepsilon) \cdot (c + d\,\varepsilon) &= ac + (ad + bc)\,\varepsilon
#      + bd\,\varepsilon^2 = ac + (ad + bc)\,\varepsilon.
#
# The part :math:`ad + bc` is the product rule. Here it is with pairs of numbers:


def add(x, y):
    return (x[0] + y[0], x[1] + y[1])


def multiply(x, y):
    return (x[0] * y[0], x[0] * y[1] + x[1] * y[0])


epsilon = (0.0, 1.0)
print("epsilon * epsilon =", multiply(epsilon, epsilon))

# %%
# A polynomial, by hand
# ---------------------
#
# Take :math:`P(x) = x^3 - 4x + 1` at :math:`x = 2 + 1\,\varepsilon`, one operation after the other.

x = (2.0, 1.0)
x2 = multiply(x, x)
x3 = multiply(x2, x)
minus_4x = multiply((-4.0, 0.0), x)
p = add(add(x3, minus_4x), (1.0, 0.0))
for name, (value, tangent) in (
    ("x", x),
    ("x^2", x2),
    ("x^3", x3),
    ("-4x", minus_4x),
    ("P(x)", p),
):
    print(f"{name:5} = {value:5.1f} {tangent:+5.1f} epsilon")

# %%
# :math:`P(2) = 1`, and :math:`P'(2) = 3 \cdot 2^2 - 4 = 8`: both are there.
#
# Why it works
# ------------
#
# Taylor's formula for a polynomial has finitely many terms:
#
# .. math::
#
#    P(x + \dot x\,\varepsilon) = P(x) + P'(x)\,\dot x\,\varepsilon
#      + \tfrac{1}{2} P''(x)\,\dot x^2\,\varepsilon^2 + \dots
#
# With :math:`\varepsilon^2 = 0` all terms from the third on are exactly 0. What is left is the
# value and the derivative times :math:`\dot x`. One calls :math:`\dot x` the *tangent*, and the one
# that is put in at the start the *seed*; with the seed 1 the result holds :math:`P'(x)` itself.
#
# The same by :class:`fastad.Dual`
# --------------------------------
#
# ``Dual(value, tangent)`` is such a number, and Python's operators work on it. The function is
# written as for floats.


def polynomial(x):
    return x * x * x - 4.0 * x + 1.0


print(polynomial(Dual(2.0, 1.0)))
print(polynomial(Dual(2.0, 0.5)))  # half the seed: half the tangent

assert (polynomial(Dual(2.0, 1.0)).value, polynomial(Dual(2.0, 1.0)).tangent) == p

# %%
# The tangents, drawn
# -------------------
#
# Each result ``r`` is a straight line, :math:`r_{\text{value}} + r_{\text{tangent}}\,(t - x)`: the
# tangent of the curve. Hence the name.

t = np.linspace(-2.6, 2.6, 200)
figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
axes.plot(t, polynomial(t), color="black", lw=2, label="$P(x) = x^3 - 4x + 1$")
for x, color in ((-2.0, "#D55E00"), (0.5, "#0072B2"), (2.0, "#009E73")):
    r = polynomial(Dual(x, 1.0))
    assert r.tangent == 3 * x**2 - 4
    near = np.array([x - 0.7, x + 0.7])
    label = rf"$P({x:g} + \varepsilon) = {r.value:g} {r.tangent:+g}\,\varepsilon$"
    axes.plot(near, r.value + r.tangent * (near - x), color=color, lw=2, label=label)
    axes.plot(x, r.value, "o", color=color)
axes.set(xlabel="$x$", ylabel="$P(x)$")
axes.legend()
plt.show()

# %%
# References
# ----------
#
# * Clifford, W. K. (1873). Preliminary sketch of biquaternions. Proceedings of the London
#   Mathematical Society 4.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM.
