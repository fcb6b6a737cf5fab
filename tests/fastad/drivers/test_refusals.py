"""What fastad does not take, it refuses in one paragraph about the user's code."""

import functools

import numba
import numpy as np
import pytest

import fastad
from fastad.drivers import choose
from fastad.drivers import source as source_mode
from fastad.modes.request import Code

X = np.array([1.0, 2.0, 3.0])
DRIVERS = {
    "grad": (X,),
    "value_and_grad": (X,),
    "jacobian": (X,),
    "hessian": (X,),
    "hvp": (X, X),
    "jvp": (X, X),
    "vjp": (X, 1.0),
}
MODES = ("auto", "source", "forward", "tape")


def call_from_njit(g, arguments):
    names = ", ".join(f"a{i}" for i in range(len(arguments)))
    scope = {"g": g}
    exec(f"def call({names}):\n    return g({names})\n", scope)
    return numba.njit(scope["call"])(*arguments)


def refused(g, *arguments):
    """Return the message of a refusal: one line, the same from Python and inside @njit."""
    with pytest.raises(TypeError) as caught:
        g(*arguments)
    with pytest.raises(TypeError) as inside:
        call_from_njit(g, arguments)
    said = str(caught.value)
    assert said.startswith("fastad: ")
    assert len(said.splitlines()) == 1
    assert str(inside.value) == said
    return said


# ---- Results without a float ----


def counts(x):
    return x.size


def asks(x):
    return x[0] > 0.0


def nothing(x):
    y = x * 2.0
    y[0] = 1.0


def constant(x):
    return 3.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", DRIVERS)
def test_a_result_is_a_float(kind, mode):
    if kind == "jvp" and mode == "tape":
        pytest.skip("one direction needs no sweep")
    g = getattr(fastad, kind)(counts, mode=mode)
    said = refused(g, *DRIVERS[kind])
    line = counts.__code__.co_firstlineno
    assert said.startswith(
        f"fastad: counts ({__file__}:{line}) returns int64, which holds no float"
    )
    assert "1.0 * " in said
    g = getattr(fastad, kind)(constant, mode=mode)
    got = g(*DRIVERS[kind])
    got = got[1] if isinstance(got, tuple) else got
    np.testing.assert_array_equal(got, np.zeros_like(got))


@pytest.mark.parametrize("mode", MODES)
def test_a_result_is_no_bool_and_not_nothing(mode):
    assert "returns bool, which holds no float" in refused(fastad.grad(asks, mode=mode), X)
    assert "returns nothing" in refused(fastad.grad(nothing, mode=mode), X)
    assert "returns nothing" in refused(fastad.jacobian(nothing, mode=mode), X)
    integers = fastad.jacobian(lambda x: np.arange(x.size), mode=mode)
    assert "astype(np.float64)" in refused(integers, X)


def test_other_drivers_want_floats_too():
    with pytest.raises(TypeError, match="returns int64, which holds no float"):
        fastad.replayed(counts)(fastad.ReplayTape(), X)
    for mode in ("auto", "source", "forward"):
        said = refused(fastad.derivative(lambda t: 3, mode=mode), 1.0)
        assert "returns int64, which holds no float" in said


def test_a_tuple_may_hold_what_is_no_float():
    value, tangent = fastad.jvp(lambda x: (x[0] * x[1], 3))(X, np.ones(3))
    assert (value, tangent) == ((2.0, 3), (3.0, 0.0))


# ---- The place, the reasons ----


@numba.njit
def helper(x):
    y = x * 2.0
    return np.angle(y)[0]


@numba.njit
def calls_helper(x):
    return x[0] + helper(x)


@pytest.mark.parametrize("mode", MODES)
def test_the_line_is_that_of_the_helper(mode):
    said = refused(fastad.grad(calls_helper, mode=mode), X)
    place = f"({__file__}:{calls_helper.py_func.__code__.co_firstlineno})"
    assert said.startswith(f"fastad: cannot take grad of calls_helper {place}. By ")
    line = helper.py_func.__code__.co_firstlineno + 3
    assert f"line {line} of {__file__}: " in said
    assert "angle" in said
    assert "custom_vjp" in said
    for word in ("Jet", "Var", "np_1", "nopython", "0x", "_pullback"):
        assert word not in said


def test_numba_is_quoted_where_it_does_not_take_the_function_itself():
    def unknown(x):
        return np.sum(x) + x.no_such_attribute

    said = refused(fastad.grad(unknown), X)
    assert "Numba does not compile the function itself" in said
    assert f"line {unknown.__code__.co_firstlineno + 1} of {__file__}" in said
    assert "no_such_attribute" in said


def test_a_refusal_keeps_what_numba_said():
    with pytest.raises(TypeError) as caught:
        fastad.grad(calls_helper, mode="forward")(X)
    (cause,) = caught.value.causes
    assert isinstance(cause, numba.TypingError)
    assert caught.value.__suppress_context__


def test_a_function_with_a_derivative_inside_is_refused_by_its_own_reason():
    slope = fastad.grad(calls_helper, mode="forward")

    def outer(x):
        return np.sum(slope(x))

    with pytest.raises(TypeError, match="fastad: cannot take grad of calls_helper"):
        fastad.grad(outer)(X)


# ---- Errors of fastad's own ----


def squares(x):
    return np.sum(x * x)


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """A source mode that fails as a bug does, in its analysis or in what it writes."""
    monkeypatch.setenv("FASTAD_CACHE_DIR", str(tmp_path))

    def breaks(generate):
        monkeypatch.setattr(source_mode, "generate", generate)
        monkeypatch.setattr(choose.source_mode, "generate", generate)

    return breaks


def in_analysis(plan, argument_types):
    raise KeyError("k_1")


def in_its_code(plan, argument_types):
    return Code(["return np_1.interp(missing_)"], {"np_1": np})


@pytest.mark.parametrize("generate", [in_analysis, in_its_code])
def test_an_internal_error_means_the_next_mode(broken, monkeypatch, generate):
    broken(generate)
    monkeypatch.setenv("FASTAD_RAISE", "0")
    g = fastad.grad(lambda x: np.sum(x * x))
    np.testing.assert_array_equal(g(X), 2 * X)
    np.testing.assert_array_equal(call_from_njit(fastad.grad(squares), (X,)), 2 * X)
    assert g.mode == "forward or tape"
    assert "source: " in g.why
    said = refused(fastad.grad(lambda x: 2.0 * np.sum(x * x), mode="source"), X)
    assert "By source: " in said
    assert "np_1" not in said
    if generate is in_analysis:
        assert "internal error, KeyError: 'k_1'" in g.why
        assert "internal error, KeyError: 'k_1'" in said
    else:
        assert "does not compile" in g.why


@pytest.mark.parametrize("generate", [in_analysis, in_its_code])
def test_an_internal_error_is_seen_by_developers(broken, monkeypatch, generate):
    broken(generate)
    monkeypatch.setenv("FASTAD_RAISE", "1")
    with pytest.raises((KeyError, numba.core.errors.NumbaError)) as caught:
        fastad.grad(lambda x: 3.0 * np.sum(x * x))(X)
    assert not isinstance(caught.value, TypeError)


# ---- What f raises ----


@numba.njit
def below(x):
    if x < 0.0:
        raise ValueError("below zero")
    return x


PROGRAMS = {
    "a raise": (lambda x: below(x[2] - 5.0) * x[1], ValueError),
    "a division": (lambda x: x[0] / (x[1] - 2.0), ZeroDivisionError),
    "of a number": (lambda x: 1.0 / (x[1] - 2.0), ZeroDivisionError),
    "a quotient": (lambda x: x[0] * (5.0 // (x[1] - 2.0)), ZeroDivisionError),
    "a remainder": (lambda x: 5.0 % (x[1] - 2.0), ZeroDivisionError),
    "of ints": (lambda x: x[0] * (7 // (x.size - 3)), ZeroDivisionError),
    "an index": (lambda x: x[x.size + 1] * x[0], IndexError),
    "arrays": (lambda x: np.sum(x[0] / (x - 2.0)), None),
    "by NumPy": (lambda x: np.divide(x[0], x[1] - 2.0), None),
    "a quotient of arrays": (lambda x: np.sum(x[0] // (x - 2.0)) * x[0], None),
    "a quotient by NumPy": (lambda x: np.floor_divide(x[0], x[1] - 2.0) * x[0], None),
    "remainders": (lambda x: np.sum(x % (x - 2.0)), None),
    "in place": (lambda x: in_place(x), None),
    "a logarithm": (lambda x: np.log(x[1] - 2.0), None),
}


@numba.njit
def in_place(x):
    y = x * x
    y /= x - 2.0
    return np.sum(y)


def outcome(g, *arguments):
    """Return the type of what a function raises, or None."""
    try:
        g(*arguments)
    except (ArithmeticError, ValueError, IndexError) as error:
        return type(error)
    return None


# A division of numbers in a loop's own function, and what is not taken, are the others' part.
@pytest.mark.parametrize("error_model", ["python", "numpy"])
@pytest.mark.parametrize("what", PROGRAMS)
def test_the_derivative_raises_what_the_function_raises(what, error_model):
    f, wanted = PROGRAMS[what]
    f = numba.njit(error_model=error_model, boundscheck=True)(f)
    if error_model == "numpy" and wanted is ZeroDivisionError:
        wanted = None
    assert outcome(f, X) is wanted
    for mode in ("forward", "tape"):
        g = fastad.grad(f, mode=mode)
        assert outcome(g, X) is wanted, mode
        assert outcome(call_from_njit, g, (X,)) is wanted, mode


def test_values_of_numpys_divisions_by_zero_and_beside_it():
    def f(x):
        return np.mod(x[0], x[1]) + x[0] * np.floor_divide(x[0], x[1]) + np.sum(x % 0.7)

    def plain(x):
        return x[0] % x[1] + x[0] * (x[0] // x[1]) + (x[0] % 0.7 + x[1] % 0.7)

    x = np.array([5.3, 1.7])
    for mode in ("forward", "tape"):
        value, gradient = fastad.value_and_grad(f, mode=mode)(x)
        assert value == pytest.approx(plain(x), rel=1e-15)
        np.testing.assert_array_equal(gradient, [1.0 + 3.0 + 1.0, -3.0 + 1.0])
        value, _ = fastad.value_and_grad(f, mode=mode)(np.array([5.3, 0.0]))
        assert np.isnan(value)


@pytest.mark.parametrize("mode", ["auto", "source", "forward", "tape"])
def test_derivative_is_by_one_float(mode):
    """It gave the derivative by the first item of an array."""
    f = numba.njit(lambda x: (x**3).sum())
    with pytest.raises(TypeError, match=r"its argument 'x' of type array\(.*use grad or jacobian"):
        fastad.derivative(f, mode=mode)(np.array([1.0, 2.0, 3.0]))


def test_a_function_that_bears_the_parameters_of_another():
    @functools.wraps(lambda w, x: x)
    def f(x, w):
        return np.sum(x * w)

    with pytest.raises(TypeError, match=r"leave out functools\.wraps"):
        fastad.grad(f)
