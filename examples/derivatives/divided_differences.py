r"""
Divided differences, and why a derivative needs no step
=======================================================

The derivative of a function is the limit of a quotient:

.. math:: f'(x) = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}.

A computer that knows nothing but the values of :math:`f` takes a small :math:`h` and stops there.
How small?
This page tries all of them. It then compares with automatic differentiation, which has no
:math:`h`.
"""

import math

import matplotlib.pyplot as plt
import mpmath
import numpy as np

import fastad

# %%
# The function is :math:`f(x) = \sin(x) e^{x}` at :math:`x = 1`. The derivative to compare with is
# computed by
# mpmath with 50 digits, so that it can be taken as exact.


def f(x):
    return math.sin(x) * math.exp(x)


x = 1.0
with mpmath.workdps(50):
    exact = mpmath.exp(1) * (mpmath.sin(1) + mpmath.cos(1))


def relative_error(slope):
    with mpmath.workdps(50):
        return float(abs(mpmath.mpf(slope) / exact - 1))


# %%
# Four ways
# ---------
#
# * The forward difference :math:`(f(x+h) - f(x)) / h`. Taylor's formula gives its error: it is
#   :math:`\tfrac{h}{2} f''(x)` and smaller terms.
# * The central difference :math:`(f(x+h) - f(x-h)) / 2h`. The terms in :math:`f''` cancel, and the
#   error is
#   :math:`\tfrac{h^2}{6} f'''(x)`.
# * The complex step :math:`\operatorname{Im} f(x + ih) / h`. It subtracts nothing, but :math:`f`
#   has to be a
#   function of complex numbers.
# * :func:`fastad.derivative`, which applies the chain rule to each operation of :math:`f`.

steps = np.logspace(-17, 0, 171)
forward, central, complex_step = [], [], []
for h in steps:
    forward.append((f(x + h) - f(x)) / h)
    central.append((f(x + h) - f(x - h)) / (2 * h))
    z = x + 1j * h
    complex_step.append((np.sin(z) * np.exp(z)).imag / h)

slope = fastad.derivative(f)(x)
print(f"fastad  {slope:.16f}")
print(f"exact   {mpmath.nstr(exact, 17)}")

# %%
# The V
# -----

eps = np.finfo(float).eps
figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
curves = (
    (forward, "forward difference", "#D55E00", "-"),
    (central, "central difference", "#0072B2", "-"),
    (complex_step, "complex step", "#009E73", "--"),
)
for values, name, color, style in curves:
    errors = [max(relative_error(v), eps / 8) for v in values]  # so that an error of 0 can be seen
    axes.loglog(steps, errors, style, color=color, label=name)
axes.axhline(max(relative_error(slope), eps / 8), color="black", lw=2, label="fastad")
axes.set(xlabel="step $h$", ylabel="relative error", ylim=(eps / 16, 30))
axes.grid(alpha=0.3)
axes.legend(loc="upper center", ncols=2)
plt.show()

# %%
# To the right the errors fall with the slopes 1 and 2 that Taylor's formula says. To the left they
# rise again:
# :math:`f(x+h)` and :math:`f(x)` are rounded, each by about :math:`\varepsilon f`, and their
# difference is divided
# by a small number. The sum of both errors is least near :math:`h \approx \sqrt{\varepsilon}` for
# the forward
# difference and near :math:`h \approx \sqrt[3]{\varepsilon}` for the central one, with errors of
# about
# :math:`\varepsilon^{1/2}` and :math:`\varepsilon^{2/3}`:

for values, name, power in ((forward, "forward", 1 / 2), (central, "central", 2 / 3)):
    errors = np.array([relative_error(v) for v in values])
    best = errors.argmin()
    best = f"least error {errors.min():.0e} at h = {steps[errors.argmin()]:.0e}"
    print(f"{name}: {best}; eps^{power:.2f} = {eps**power:.0e}")

assert relative_error(slope) < 4 * eps

# %%
# The complex step has the central difference's error in :math:`h^2` too, but it may go to a tiny
# :math:`h`, where that error is below rounding. fastad has no step at all, asks for no complex
# numbers, and is exact to rounding.
#
# References
# ----------
#
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM.
# * Squire, W. and Trapp, G. (1998). Using complex variables to estimate derivatives of real
#   functions. SIAM Review 40.
