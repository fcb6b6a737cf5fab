"""Types that have one name and are not the same, and those that no other process has."""

import enum
import sys
import types
from collections import namedtuple

import numba
import numpy as np
import pytest
from numba import config
from numba.experimental import jitclass, structref

from _fastcache.overloads import OverloadCache
from _fastcache.signatures import describe
from _fastcache.store import Store


def made_in(module, value):
    """Give a class a place in a module that can be imported, in the place of what was there."""
    value.__module__ = module.__name__
    setattr(module, value.__name__, value)
    return value


@pytest.fixture
def edited(monkeypatch):
    """A user's module, whose classes change between two processes."""
    module = types.ModuleType("fastcache_edited")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def described(*values):
    return describe(tuple(map(numba.typeof, values)), "fastad")


def test_the_name_of_a_namedtuples_type_does_not_tell_its_fields(edited, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    names, results, hits = set(), [], 0
    for fields in ("a b", "b a", "a b"):
        pair = made_in(edited, namedtuple("Pair", fields))(**{"a": 6.0, "b": 3.0})
        quotient = numba.njit(lambda p: p.a / p.b)
        quotient._cache = OverloadCache(Store("fastgmm", lambda: "the source"), "quotient")
        results.append(quotient(pair))
        hits += sum(quotient.stats.cache_hits.values())
        names.add(str(numba.typeof(pair)))
    assert len(names) == 1
    assert results == [2.0, 2.0, 2.0]
    assert hits == 1  # the third finds what the first has kept


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: (1, x), lambda x: numba.typed.List([x])])
def test_classes_are_seen_wherever_they_are(edited, wrap):
    first = described(wrap(made_in(edited, namedtuple("Pair", "a b"))(1.0, 2.0)))
    second = described(wrap(made_in(edited, namedtuple("Pair", "b a"))(1.0, 2.0)))
    assert None not in (first, second)
    assert first != second


def test_the_members_of_an_enumeration_count(edited):
    first, second = (
        described(made_in(edited, enum.IntEnum("Kind", members)))
        for members in ({"A": 1, "B": 2}, {"A": 2, "B": 1})
    )
    assert None not in (first, second)
    assert first != second


@jitclass([("x", numba.float64)])
class Instance:
    def __init__(self):
        self.x = 1.0


@structref.register
class OfTheUsers(numba.types.StructRef):
    """What compiled code does with it is in the user's overloads, which are hashed nowhere."""


def test_what_no_other_process_has_or_may_change_unseen_is_not_described():
    of_main = namedtuple("OfMain", "a")
    of_main.__module__ = "__main__"
    for t in (
        numba.typeof(Instance()),
        numba.types.ListType(numba.typeof(Instance())),
        numba.typeof(numba.njit(lambda x: x)),
        numba.typeof(of_main(1.0)),
        OfTheUsers([("x", numba.float64)]),
    ):
        assert describe((t,), "fastad") is None


def test_what_numba_and_numpy_have_is_described_and_each_otherwise():
    values = 1.0, 1, 1j, True, None, "a", np.ones(2), np.float32(1), (1.0,), numba.typed.List([1.0])
    kinds = [(numba.typeof(v),) for v in values]
    kinds += [(numba.types.StarArgTuple(kinds[0]),), (numba.types.literal(3),), ()]
    kinds += [kinds[0] + kinds[1], kinds[1] + kinds[0]]
    texts = [describe(kind, "fastad") for kind in kinds]
    assert None not in texts
    assert len(set(texts)) == len(kinds)
