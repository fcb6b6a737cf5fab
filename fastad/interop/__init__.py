"""Bridges to other tools: their code calls an @njit function and gets its exact derivatives.

=====================  ==============================================  =================
name                   for                                             needs
=====================  ==============================================  =================
`objective`            `scipy.optimize.minimize`                       nothing more
`equations`            `scipy.optimize.root` and ``least_squares``     nothing more
`ode`                  `scipy.integrate.solve_ivp`                     nothing more
`curve`                `scipy.optimize.curve_fit`                      nothing more
`cost`                 ``iminuit.Minuit``                              nothing to import
`to_jax`               JAX: ``jit``, ``grad``, ``vmap``, ``hessian``   ``fastgmm[jax]``
`to_torch`             PyTorch's autograd                              ``fastgmm[torch]``
`to_pytensor`          PyTensor, and so PyMC                           ``fastgmm[pytensor]``
=====================  ==============================================  =================

Importing this package imports none of those tools: `to_jax`, `to_torch` and `to_pytensor` import
theirs when they are first asked for.

Inside: ``border`` (what passes between a tool's arrays and compiled code), and a file a tool.
"""

import importlib

from .iminuit import cost
from .scipy import curve, equations, objective, ode

_LATER = {"to_jax": "jax", "to_torch": "torch", "to_pytensor": "pytensor"}

__all__ = ["cost", "curve", "equations", "objective", "ode", *_LATER]


def __getattr__(name):
    """Import a bridge whose tool is large, or may be missing, when it is asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)


def __dir__():
    return sorted({*globals(), *__all__})
