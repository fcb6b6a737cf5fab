"""Automatic differentiation of Numba-compiled code.

Exact derivatives of ordinary ``@njit`` functions: loops, branches, arrays written in place.

* `grad`, `derivative`, `value_and_grad`, `jvp`, `vjp`, `jacobian`, `hessian` and `hvp` take
  a function and return the @njit function of its derivative.
* `sparse_jacobian` and `sparse_hessian` give scipy.sparse matrices.
* `custom_jvp` and `custom_vjp` give a function a derivative written by hand.
* `checkpoint` lets a long loop be reversed with few of its states in memory.
* `warmup` compiles a driver before it is called, for container images.
* `draw_graph` draws the computational graph of a small function, with its derivatives; `show`
  shows a function beside the source of its tangent and of its adjoint.
* `newton` and `minimize` use them; `fastad.testing.check_grads` checks them.
* `fastad.interop` hands derivatives to JAX, PyTorch, PyTensor, SciPy and iminuit.
* `Dual` is the textbook dual number, in the interpreter and in compiled code.
* `Jet` has N partials, a gradient in one pass; compiled code computes with it by value.
* `Tape` records what `Var` numbers go through, and sweeps it backwards; `ReplayTape`
  records once, and replays at other inputs.
* ``fastad.sin``, ``fastad.lgamma``, ... are the functions of the rule table
  (:mod:`fastad.rules.table`) for floats, arrays, Duals, Jets and Vars; `where` chooses safely.

Inside, in the order in which they stand on each other: ``rules`` (the formula sheet), ``numbers``
(Dual and Jet), ``arrays`` (operations on whole arrays), ``jit`` (compilation and the disk cache),
``tape``, ``modes`` (forward and tape), ``source`` (transformation of source), ``drivers`` (grad
and the others, and which mode they choose), ``sparse``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from _fastcache.version import __version__

from . import jit  # noqa: F401  (first: it hashes the source that is imported next)
from .checkpointing import checkpoint
from .custom import custom_jvp, custom_vjp
from .drivers.api import (
    derivative,
    grad,
    jacobian,
    jvp,
    replayed,
    value_and_grad,
    vjp,
)
from .drivers.second_order import hessian, hvp
from .drivers.warm import warmup
from .numbers.dual import Dual
from .numbers.jet import Jet
from .pictures.graph import draw_graph
from .pictures.source import show
from .root import root, root_solver
from .solvers import minimize, newton
from .sparse.drivers import sparse_hessian, sparse_jacobian
from .tape.replay import ReplayTape
from .tape.tape import Tape, Var

if TYPE_CHECKING:  # a loop over the rule table is nothing that a type checker runs
    from . import _functions
    from ._functions import *  # noqa: F403
    from ._functions import logsumexp, where
else:
    from .arrays.reduction_formulas import logsumexp
    from .rules.functions import FUNCTIONS, where

__all__ = [
    "Dual",
    "Jet",
    "ReplayTape",
    "Tape",
    "Var",
    "__version__",
    "checkpoint",
    "custom_jvp",
    "custom_vjp",
    "derivative",
    "draw_graph",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "logsumexp",
    "minimize",
    "newton",
    "replayed",
    "root",
    "root_solver",
    "show",
    "sparse_hessian",
    "sparse_jacobian",
    "value_and_grad",
    "vjp",
    "warmup",
    "where",
]

# Imported when first asked for, so that `import fastad` is all that `fastad.testing` needs.
_SUBMODULES = ("custom", "interop", "rules", "testing")

if TYPE_CHECKING:
    __all__ += _functions.__all__
else:
    __all__ += sorted(FUNCTIONS)

    def __getattr__(name):
        """Find a function of the rule table: the table, not this file, lists them."""
        if name in _SUBMODULES:
            return import_module(f"{__name__}.{name}")
        try:
            return FUNCTIONS[name]
        except KeyError:
            raise AttributeError(f"module 'fastad' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*__all__, *_SUBMODULES})
