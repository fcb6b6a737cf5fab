"""Arguments for other people's functions, by the names and types of their parameters.

What a parameter takes is guessed from, in this order: the recipe of its function or package
(`recipes`), the types of an explicit signature, its annotation, its name.  Where there are several
candidates all combinations are tried, the likeliest first, until the function runs and returns
floats that depend on a float which it is given.
"""

import inspect
import itertools

import numpy as np
from numba.core import types

from . import recipes, values

ATTEMPTS = 12


class Default:
    """Marks that an argument is left out."""


def candidates(found, rng):
    """Yield dictionaries of arguments, by parameter, the likeliest first."""
    names, choices = [], []
    recipe = recipes.of(found)
    declared = _declared(found.function)
    for k, parameter in enumerate(found.parameters):
        options = values.F if found.elementwise else recipe.get(parameter.name)
        if options is None and declared is None and parameter.default is not parameter.empty:
            options = [parameter.default]
        if options is None:
            options = _annotated(parameter) or values.by_name(parameter.name)
        options = options if isinstance(options, list) else [options]
        if declared is not None:
            options = [_cast(o, declared[k]) for o in options if _fits(o, declared[k])]
            options = options or [_of_type(declared[k])]
        names.append(parameter.name)
        choices.append(options)
    ranks = itertools.product(*(range(len(c)) for c in choices))
    for rank in sorted(itertools.islice(ranks, 20_000), key=sum)[:ATTEMPTS]:
        given = [c[r] for c, r in zip(choices, rank, strict=True)]
        state = np.random.default_rng(rng.integers(2**32))
        yield {
            n: g(state) if callable(g) and not _compiled(g) else g
            for n, g in zip(names, given, strict=True)
        }


def _compiled(value):
    return hasattr(value, "py_func")


def _declared(function):
    """Return the types of the last signature that was given beforehand, float64 if there is one."""
    signatures = getattr(function, "nopython_signatures", ())
    if not signatures or getattr(function, "_can_compile", True):
        return None
    return signatures[-1].args


def _annotated(parameter):
    """Return the candidates for an annotation, None where it says nothing."""
    said = parameter.annotation
    said = said if isinstance(said, str) else inspect.formatannotation(said)
    if parameter.name in values.NAMES:
        return None
    for words, options in values.ANNOTATIONS:
        if said.startswith(words):
            return options
    return None


def _fits(option, t):
    """Tell whether a candidate can be cast to a declared type."""
    value = option(np.random.default_rng(0)) if callable(option) else option
    if isinstance(t, types.Array):
        return isinstance(value, np.ndarray) and value.ndim == t.ndim
    if isinstance(t, types.Number | types.Boolean):
        return isinstance(value, int | float | bool | np.number)
    return True


def _cast(option, t):
    """Return a candidate that gives values of a declared type."""

    def cast(rng):
        value = option(rng) if callable(option) and not _compiled(option) else option
        dtype = _dtype(t)
        if dtype is None:
            return value
        return value.astype(dtype) if isinstance(value, np.ndarray) else dtype(value)

    return cast


def _dtype(t):
    item = getattr(t, "dtype", t)
    if isinstance(item, types.Number | types.Boolean):
        return np.dtype(str(item) if item != types.boolean else "bool").type
    return None


def _of_type(t):
    """Return a candidate of a declared type, of nothing but it."""
    item = getattr(t, "dtype", t)
    if isinstance(t, types.Optional):
        return None
    if isinstance(t, types.Array):
        number = values.ARRAYS if isinstance(item, types.Float) else values.INDICES
        return _cast(number[t.ndim], t) if t.ndim in number else None
    if isinstance(item, types.Float):
        return _cast(values.F, t)
    return _cast(3, t) if isinstance(item, types.Integer) else None
