"""What type checkers are told of functions whose signatures are made from the rule table.

`fastad.sin` and the others are made in a loop over :mod:`fastad.rules.table`, which a type checker
does not run. A test compares the names and the numbers of arguments with the table's.
"""

# mypy: disable-error-code="empty-body"
from __future__ import annotations

from typing import Any, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from ._typing import Arithmetic, Float64s, Scalar

Number = TypeVar("Number", bound=Arithmetic)
Numeric = NDArray[np.floating[Any]] | NDArray[np.integer[Any]]


class OfOne(Protocol):
    """A function of a float, an array, a Dual, a Jet or a Var."""

    @overload
    def __call__(self, x: Scalar) -> float: ...
    @overload
    def __call__(self, x: Numeric) -> Float64s: ...
    @overload
    def __call__(self, x: Number) -> Number: ...
    @overload
    def __call__(self, x: NDArray[np.object_]) -> NDArray[np.object_]: ...


class OfTwo(Protocol):
    """A function of two of these."""

    @overload
    def __call__(self, x: Scalar, y: Scalar) -> float: ...
    @overload
    def __call__(self, x: Numeric, y: Numeric | Scalar) -> Float64s: ...
    @overload
    def __call__(self, x: Scalar, y: Numeric) -> Float64s: ...
    @overload
    def __call__(self, x: Number, y: Number | Scalar) -> Number: ...
    @overload
    def __call__(self, x: Scalar, y: Number) -> Number: ...
    @overload
    def __call__(self, x: NDArray[np.object_], y: Any) -> NDArray[np.object_]: ...


def logsumexp(a: NDArray[np.floating[Any]]) -> float: ...
def where(condition: Any, x: Any, y: Any) -> Any: ...


abs: OfOne
acos: OfOne
acosh: OfOne
asin: OfOne
asinh: OfOne
atan: OfOne
atan2: OfTwo
atanh: OfOne
cbrt: OfOne
ceil: OfOne
copysign: OfTwo
cos: OfOne
cosh: OfOne
degrees: OfOne
digamma: OfOne
erf: OfOne
erfc: OfOne
exp: OfOne
exp2: OfOne
exp_neg_square: OfOne
expm1: OfOne
floor: OfOne
fmax: OfTwo
fmin: OfTwo
fmod: OfTwo
gamma: OfOne
hypot: OfTwo
lgamma: OfOne
log: OfOne
log10: OfOne
log1p: OfOne
log2: OfOne
logaddexp: OfTwo
maximum: OfTwo
minimum: OfTwo
polygamma: OfTwo
radians: OfOne
reciprocal: OfOne
rint: OfOne
sigmoid: OfOne
sign: OfOne
sin: OfOne
sinc: OfOne
sinc_slope: OfOne
sinh: OfOne
softplus: OfOne
sqrt: OfOne
square: OfOne
tan: OfOne
tanh: OfOne
trunc: OfOne

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "digamma",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "exp_neg_square",
    "expm1",
    "floor",
    "fmax",
    "fmin",
    "fmod",
    "gamma",
    "hypot",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "maximum",
    "minimum",
    "polygamma",
    "radians",
    "reciprocal",
    "rint",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinc_slope",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]
