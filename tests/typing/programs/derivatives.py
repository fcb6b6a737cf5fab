"""What a user writes with fastad, and the types that it has: checked by mypy, and when it runs."""

import math
from typing import Any, assert_type

import numpy as np
from numba import njit
from numpy.typing import NDArray

import fastad

Array = NDArray[np.float64]


@njit(error_model="numpy")
def scaled(x: Array, a: float) -> float:
    return a * float(np.sum(x * x))


def plain(x, a):
    return a * np.sum(x * x)


def wave(x: float) -> float:
    return x * math.sin(x)


def first_derivatives() -> None:
    x = np.ones(3)
    assert_type(fastad.grad(scaled)(x, 2.0), Array)
    assert_type(fastad.grad(scaled)(x, a=2.0), Array)
    assert_type(fastad.grad(plain)(x, 2.0), Array)
    assert_type(fastad.grad(plain)(x.astype(np.float32), 2.0), Array)
    assert_type(fastad.grad(wave)(2.0), float)
    assert_type(fastad.grad(lambda v: np.sum(v**3))(x), Array)
    assert_type(fastad.grad(scaled, argnums=(0, 1))(x, 2.0), tuple[Any, ...])
    assert_type(fastad.grad(scaled).why, str)
    assert_type(fastad.value_and_grad(scaled)(x, 2.0), tuple[float, Array])
    assert_type(fastad.derivative(fastad.derivative(wave))(1.0), float)
    assert_type(fastad.jvp(plain)(x, 2.0, x), tuple[Any, Any])
    assert_type(fastad.vjp(lambda v: v * v)(x, x), tuple[Any, Array])
    assert_type(fastad.jacobian(lambda v: v * v)(x), Array)


def second_derivatives() -> None:
    x = np.ones(3)
    assert_type(fastad.hessian(plain)(x, 2.0), Array)
    assert_type(fastad.hessian(wave)(1.0), float)
    assert_type(fastad.hvp(plain)(x, 2.0, x), Array)


def numbers() -> None:
    d = fastad.Dual(2.0, 1.0)
    assert_type(3 / d + d * d, fastad.Dual)
    assert_type(fastad.sin(d).tangent, float)
    j = fastad.Jet(2.0, (1.0, 0.0))
    assert_type(3 / j + fastad.sin(j), fastad.Jet)
    assert_type(d > 1.0, bool)
    assert_type(fastad.sin(2.0), float)
    assert_type(fastad.hypot(2.0, np.ones(3)), Array)
    assert_type(fastad.logsumexp(np.ones(3)), float)
    tape = fastad.Tape()
    v = assert_type(tape.variable(2.0), fastad.Var)
    assert_type(v * v + fastad.exp(v), fastad.Var)
    assert_type(tape.gradient(v * v), Array)
    assert_type(tape.n_statements(), int)


def solvers() -> None:
    assert_type(fastad.root(lambda x, a: x * x - a, 1.0, 2.0), float)
    found = fastad.newton(lambda x: x * x - 2.0, 1.0)
    assert_type(found.root, float)
    assert_type(found.iterates, list[float])
    assert_type(found.converged, bool)
    assert_type(fastad.sparse_jacobian(lambda v: v * v).n_colors, int)


@fastad.custom_jvp
def log1pexp(x: float) -> float:
    return math.log1p(math.exp(x)) if x < 30.0 else x


@log1pexp.defjvp
def log1pexp_jvp(primals: tuple[float], tangents: tuple[float]) -> tuple[float, float]:
    return log1pexp(primals[0]), tangents[0] / (1.0 + math.exp(-primals[0]))


def own_rules() -> None:
    assert_type(log1pexp(1.0), float)
    assert_type(fastad.derivative(log1pexp)(100.0), float)


def mistakes(x: Array, counts: NDArray[np.int64]) -> None:
    """Each line is wrong, and mypy says so: it would tell of a comment that it does not need."""
    fastad.grad(scaled)(x)  # type: ignore[call-overload]
    fastad.grad(scaled)(x, 1.0, 2.0)  # type: ignore[call-overload]
    fastad.grad(plain)(counts, 1.0)  # type: ignore[arg-type]
    fastad.grad(lambda v: v * v, mode="backward")  # type: ignore[call-overload]
    fastad.grad("plain")  # type: ignore[call-overload]
    fastad.derivative(wave, argnums=(0,))  # type: ignore[arg-type]
    fastad.Dual(1.0)  # type: ignore[call-arg]
    fastad.Jet(1.0)  # type: ignore[call-arg]
    fastad.sinn(1.0)  # type: ignore[attr-defined]
    log1pexp("one")  # type: ignore[arg-type]


if __name__ == "__main__":
    first_derivatives()
    second_derivatives()
    numbers()
    solvers()
    own_rules()
