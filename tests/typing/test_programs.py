"""Programs as users write them: mypy agrees with their types, and so do the values they make."""

import os
import runpy
import types
import typing
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def test_mypy_finds_nothing(monkeypatch):
    """In the packages and in the programs, whose mistakes have comments that it must need."""
    from mypy import api

    monkeypatch.chdir(ROOT)
    said, errors, status = api.run(["--cache-dir", os.devnull])
    assert status == 0, said + errors


def fits(value, kind):
    """Whether a value is of a type, with the dtype of arrays and the items of tuples."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is typing.Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in arguments)
    if origin is np.ndarray:
        (dtype,) = typing.get_args(arguments[1])
        dtype = typing.get_origin(dtype) or dtype
        return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, dtype)
    if origin is tuple and arguments[1:] != (...,):
        same = isinstance(value, tuple) and len(value) == len(arguments)
        return same and all(map(fits, value, arguments))
    if origin is list:
        return isinstance(value, list) and all(fits(item, arguments[0]) for item in value)
    return isinstance(value, origin or kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, float),
        (np.zeros(2, np.float32), np.typing.NDArray[np.float64]),
        (np.zeros(2, int), np.typing.NDArray[np.floating[typing.Any]]),
        ((1.0, 2), tuple[float, float]),
        ((1.0,), tuple[float, float]),
        ([1], list[float]),
    ],
)
def test_what_does_not_fit_is_found(value, kind):
    assert not fits(value, kind)


# Of derivatives most of it is compiling, for two minutes: with -m slow.
_SLOW = {"derivatives": [pytest.mark.slow]}


@pytest.mark.parametrize(
    "path", [pytest.param(p, marks=_SLOW.get(p.stem, ()), id=p.stem) for p in PROGRAMS]
)
def test_values_are_of_the_types(path, monkeypatch):
    seen = 0

    def check(value, kind):
        nonlocal seen
        seen += 1
        assert fits(value, kind), f"expected {kind}, got {value!r} of type {type(value)}"
        return value

    monkeypatch.setattr(typing, "assert_type", check)
    runpy.run_path(str(path), run_name="__main__")
    assert seen > 20
