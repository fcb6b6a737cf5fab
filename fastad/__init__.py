"""Automatic differentiation of Numba-compiled code.

Exact derivatives of ordinary ``@njit`` functions: loops, branches, arrays written in place.

* `Dual` is the textbook dual number, in the interpreter and in compiled code.
* `Jet` is the fast, by-value form with N partials that compiled code computes with.
* ``fastad.sin``, ``fastad.lgamma``, ... are the functions of the rule table
  (:mod:`fastad.rules`) for floats, arrays, Duals and Jets; `where` chooses safely.
"""

from . import _overloads  # noqa: F401  (registers the rules with Numba)
from .dual import Dual
from .functions import FUNCTIONS, where
from .jet import Jet

globals().update(FUNCTIONS)

__all__ = ["Dual", "Jet", "where", *sorted(FUNCTIONS)]
