"""Functions that compute something else are told apart, and a text is that of its code."""

import enum
import functools
import linecache
import math
from collections import namedtuple

import numba
import numpy as np
import pytest
from numba.extending import overload

import fastad
from fastad.jit.fingerprint import fingerprint

# ---- What is told apart ----


def scaled(factor):
    def f(x):
        return factor * x

    return f


def shifted(other):
    return lambda x, a=other: x + a


def reading(value):
    return lambda x: x * value.a


def calling(function):
    return lambda x: function(x)


class Color(enum.Enum):
    RED = 1


class Hue(enum.Enum):
    RED = 2


def cast(t):
    return lambda x: np.zeros(3, t)[0] + x


Pair, Turned = namedtuple("Pair", "a b"), namedtuple("Pair", "b a")


def stands_for(function):
    @functools.wraps(function)
    def inner(x):
        return 2.0 * function(x)

    return inner


def structured(value):
    table = np.zeros(2, [("a", "f8"), ("b", "f8")])
    table["a"] = value
    return lambda x: x * table[0].a


def typed(**options):
    return numba.njit(**options)(calling(abs))


def stub(x):
    raise NotImplementedError


def other_stub(x):
    raise NotImplementedError


@overload(stub)
def _stub(x):
    return lambda x: x


@overload(other_stub)
def _other_stub(x):
    return lambda x: 2.0 * x


DIFFERENT = {
    "a cell": (scaled(2.0), scaled(3.0)),
    "the type of a cell": (scaled(1), scaled(True), scaled(1.0), scaled(np.float32(1.0))),
    "the sign of a zero": (scaled(0.0), scaled(-0.0)),
    "a default": (shifted(1.0), shifted(2.0)),
    "an array": (scaled(np.zeros(2)), scaled(np.ones(2)), scaled(np.zeros(2, np.float32))),
    "its order": (scaled(np.eye(2)), scaled(np.asfortranarray(np.eye(2)))),
    "a structured array": (structured(1.0), structured(2.0)),
    "a tuple's nesting": (scaled(((1, 2), 3)), scaled((1, (2, 3))), scaled((1, 2, 3))),
    "names of fields": (reading(Pair(1.0, 2.0)), reading(Turned(1.0, 2.0))),
    "an enum": (scaled(Color), scaled(Hue)),
    "a dtype": (cast(np.dtype("f4")), cast(np.dtype("f8"))),
    "Numba's types": (cast(numba.float32), cast(numba.float64)),
    "functions of one name": (calling(np.floor), calling(math.floor)),
    "a library's name": (calling(np.sum), calling(stands_for(np.sum))),
    "what a function wraps": (stands_for(numba.njit(scaled(1.0))), scaled(1.0)),
    "nested": (calling(scaled(1.0)), calling(scaled(2.0))),
    "options": (typed(), typed(fastmath=True), typed(error_model="numpy")),
    "types of locals": (typed(), typed(locals={"x": numba.float32})),
    "signatures": (numba.njit("f8(f8)")(scaled(1.0)), numba.njit("f8(f4)")(scaled(1.0))),
    "an overload": (calling(stub), calling(other_stub)),
    "the drivers": (calling(fastad.grad(scaled(1.0))), calling(fastad.grad(scaled(2.0)))),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_differs_by(what):
    found = [fingerprint(f) for f in DIFFERENT[what]]
    assert None not in found
    assert len({*found}) == len(found)
    assert [fingerprint(f) for f in DIFFERENT[what]] == found


def test_equal_functions_are_one():
    assert fingerprint(scaled(2.0)) == fingerprint(scaled(2.0))
    assert fingerprint(calling(np.sum)) == fingerprint(calling(np.sum))


def test_a_module_within_a_module_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").write_text("from . import within\n")
    (package / "within.py").write_text("def helper(x):\n    return FACTOR * x\n\n\nFACTOR = 1.0\n")
    (tmp_path / "user_of_it.py").write_text(
        "import some_package\n\n\ndef f(x):\n    return some_package.within.helper(x)\n"
    )
    import some_package
    import user_of_it

    before = fingerprint(user_of_it.f)
    some_package.within.FACTOR = 2.0
    assert before is not None
    assert fingerprint(user_of_it.f) != before


# ---- What cannot be told, and is not kept ----


class Thing:
    a = 1.0


class Text(str):
    __slots__ = ()


def defined_at_a_prompt():
    scope = {}
    exec("def f(x):\n    return x\n", scope)
    return scope["f"]


def recursive():
    @numba.njit
    def f(x):
        return x if x < 1.0 else f(x - 1.0)

    return f


@numba.experimental.jitclass([("a", numba.float64)])
class Jitted:
    def __init__(self):
        self.a = 1.0


@pytest.mark.parametrize(
    "f",
    [
        *(scaled(v) for v in (Thing(), Thing, Text("a"), [1.0], {1: 2.0}, range(3))),
        *(scaled(v) for v in (np.array([None]), np.random.default_rng(0), Jitted, np.ma.zeros(2))),
        *(calling(f) for f in (np.vectorize(abs), functools.partial(pow, 2), [].append)),
        defined_at_a_prompt(),
        recursive(),
    ],
)
def test_has_no_fingerprint(f):
    assert fingerprint(f) is None


# ---- The source is that of the code ----


def cell(source, name):
    """Run a cell as a notebook does, which keeps its text under a name of a file."""
    filename = "<ipython-input-1-0123456789ab>"
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    scope = {"np": np, "__name__": "__main__"}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


def test_one_name_in_two_cells():
    source = "def f(x):\n    return {}\n"
    f, again = (cell(source.format(text), "f") for text in ("np.sum(x * x)", "np.sum(x**3)"))
    x = np.array([1.0, 2.0])
    for _ in range(2):
        np.testing.assert_array_equal(fastad.grad(f)(x), 2 * x)
        np.testing.assert_array_equal(fastad.grad(again)(x), 3 * x**2)
    with pytest.raises(TypeError, match="is not what it was compiled from"):
        fastad.grad(f, mode="source")(x)


def test_a_file_that_is_run_part_by_part(tmp_path):
    # As documentation tools run examples. Python compiles `math.sin(x)` otherwise where it sees the
    # import.
    head, tail = "import math\n\n\n", "def f(x):\n    return x * math.sin(x)\n"
    path, scope = tmp_path / "page.py", {"__name__": "page"}
    path.write_text(head + tail)
    for part in (head, "\n" * 3 + tail):
        exec(compile(part, str(path), "exec"), scope)
    g = fastad.grad(scope["f"], mode="source")
    assert g(1.0) == math.sin(1.0) + math.cos(1.0)
    path.write_text(head + tail.replace("sin", "cos"))
    linecache.checkcache(str(path))
    with pytest.raises(TypeError, match="is not what it was compiled from"):
        fastad.grad(scope["f"], mode="source")(np.float32(1.0))


def test_a_file_that_was_edited_after_its_import(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "edited_later.py"
    path.write_text("def f(x):\n    return x * x\n")
    import edited_later

    path.write_text("def f(x):\n    return x * x * x\n")
    assert fastad.grad(edited_later.f)(3.0) == 6.0


@stands_for
@numba.njit
def decorated(x):
    return x * x


@pytest.mark.parametrize("mode", ["auto", "source", "forward"])
def test_what_a_decorator_made_is_what_is_differentiated(mode):
    assert fastad.grad(decorated, mode=mode)(3.0) == 12.0


first, second = (lambda x: x * x), (lambda x: x * x * x)


def test_two_functions_on_one_line():
    assert fastad.grad(first, mode="source")(3.0) == 6.0
    assert fastad.grad(second, mode="source")(3.0) == 27.0


@numba.njit
def _clips(x):
    return np.sum(np.clip(x, None, 1.5))


def test_what_was_compiled_for_a_form_of_fastads_own_takes_no_name_away():
    before = fingerprint(_clips)
    fastad.grad(_clips, mode="forward")(np.ones(2))
    assert before is not None
    assert fingerprint(_clips) == before


def test_numpy_is_not_asked_for_names_that_it_does_not_list(monkeypatch):
    """It warns of names of old: `np.math`, which a function that uses math seems to read."""
    asked = []

    def of_old(name):
        asked.append(name)
        raise AttributeError(name)

    monkeypatch.setattr(np, "__getattr__", of_old, raising=False)
    assert "math" not in dir(np)
    assert fingerprint(numba.njit(lambda x: np.sin(x) + math.cos(x)))
    assert "math" not in asked
