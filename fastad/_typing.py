"""The types of what the drivers take and return: for type checkers, none of it is run.

What comes back where the first argument is differentiated, which is the default, depends on that
argument: of a float it is a float, of an array one of float64. So the result of a driver is a
protocol that looks at the argument of the call, which holds for functions without annotations
too, as most of Numba's are. The other arguments are those of the function, by number and name.
"""

# mypy: disable-error-code="empty-body"
from __future__ import annotations

from collections.abc import Callable
from typing import (
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    overload,
)

import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Rule = TypeVar("Rule", bound=Callable[..., Any])

Scalar: TypeAlias = float | np.floating[Any]
Floats: TypeAlias = NDArray[np.floating[Any]]
Float64s: TypeAlias = NDArray[np.float64]

# A scalar function, of P or of P after the argument to differentiate by.
ScalarOf: TypeAlias = Callable[P, Scalar]
ScalarOfFirst: TypeAlias = Callable[Concatenate[Any, P], Scalar]

Mode: TypeAlias = Literal["auto", "forward", "tape", "source"]
ModeAlong: TypeAlias = Literal["auto", "forward", "source"]


class Compiled(Protocol):
    """What all drivers return beside a call: an ``@njit`` function that says how it was made."""

    @property
    def mode(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def signatures(self) -> list[Any]: ...


class Driver(Compiled, Protocol[P, R_co]):
    """A function of P."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...


class LikeFirst(Protocol[P]):
    """A function of an argument and P, whose result is of that argument's kind."""

    @overload
    def __call__(self, x: Scalar, /, *args: P.args, **kwargs: P.kwargs) -> float: ...
    @overload
    def __call__(self, x: Floats, /, *args: P.args, **kwargs: P.kwargs) -> Float64s: ...
    @overload
    def __call__(self, x: tuple[Any, ...], /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, **kwargs: Any) -> Any: ...


class Derivative(LikeFirst[P], Compiled, Protocol[P]):
    """The gradient, Hessian or Hessian product by the first argument."""


class WithValue(Compiled, Protocol[P, R_co]):
    """The value of the function, and beside it the gradient by the first argument."""

    @overload
    def __call__(self, x: Scalar, /, *args: P.args, **kwargs: P.kwargs) -> tuple[R_co, float]: ...
    @overload
    def __call__(
        self, x: Floats, /, *args: P.args, **kwargs: P.kwargs
    ) -> tuple[R_co, Float64s]: ...
    @overload
    def __call__(
        self, x: tuple[Any, ...], /, *args: P.args, **kwargs: P.kwargs
    ) -> tuple[R_co, Any]: ...
    @overload
    def __call__(self, **kwargs: Any) -> tuple[R_co, Any]: ...


class Jacobian(Compiled, Protocol[P]):
    """The Jacobian by the first argument: of a float it is what the function returns."""

    @overload
    def __call__(self, x: Scalar, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, x: Floats, /, *args: P.args, **kwargs: P.kwargs) -> Float64s: ...
    @overload
    def __call__(self, x: tuple[Any, ...], /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, **kwargs: Any) -> Any: ...


class WithRule(Protocol[P, R_co]):
    """A function whose derivative its author writes."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    def defjvp(self, jvp: Rule) -> Rule: ...
    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None: ...


class Arithmetic:
    """The operators of `fastad.Dual` and `fastad.Var`, which are made from the rule table."""

    def __add__(self, other: Self | float) -> Self: ...
    def __radd__(self, other: float) -> Self: ...
    def __sub__(self, other: Self | float) -> Self: ...
    def __rsub__(self, other: float) -> Self: ...
    def __mul__(self, other: Self | float) -> Self: ...
    def __rmul__(self, other: float) -> Self: ...
    def __truediv__(self, other: Self | float) -> Self: ...
    def __rtruediv__(self, other: float) -> Self: ...
    def __floordiv__(self, other: Self | float) -> Self: ...
    def __rfloordiv__(self, other: float) -> Self: ...
    def __mod__(self, other: Self | float) -> Self: ...
    def __rmod__(self, other: float) -> Self: ...
    def __pow__(self, other: Self | float) -> Self: ...
    def __rpow__(self, other: float) -> Self: ...
    def __neg__(self) -> Self: ...
    def __pos__(self) -> Self: ...
    def __abs__(self) -> Self: ...
    def __lt__(self, other: Self | float) -> bool: ...
    def __le__(self, other: Self | float) -> bool: ...
    def __gt__(self, other: Self | float) -> bool: ...
    def __ge__(self, other: Self | float) -> bool: ...
