import math
import operator
import subprocess
import sys

import numba
import numpy as np
import pytest
from fastad_oracles import samples
from hypothesis import given, settings
from hypothesis import strategies as st

import fastad
from fastad.numbers.overloads import resolve
from fastad.rules.codegen import partial_function, primal_function
from fastad.rules.table import RULES
from fastad.tape.tape import Tape, value_of


def named(rules=RULES):
    return pytest.mark.parametrize("rule", rules, ids=lambda r: r.name)


def through_the_tape(rule):
    """Return an njit function: tape and arguments -> value and partials."""
    function = fastad.FUNCTIONS.get(rule.name) or resolve(rule.overloads[0])
    if rule.arity == 1:

        @numba.njit
        def evaluate(tape, x):
            tape.reset()
            r = 1.0 * function(tape.variable(x))
            return value_of(r), tape.gradient(r)

    elif None in rule.partials:

        @numba.njit
        def evaluate(tape, x, y):
            tape.reset()
            r = function(x, tape.variable(y))
            return value_of(r), tape.gradient(r)

    else:

        @numba.njit
        def evaluate(tape, x, y):
            tape.reset()
            a, b = tape.variable(x), tape.variable(y)
            r = 1.0 * function(a, b)
            return value_of(r), tape.gradient(r)

    return evaluate


@pytest.fixture(scope="module")
def tape():
    return Tape()


@named()
def test_partials_of_every_rule(rule, tape):
    evaluate = through_the_tape(rule)
    points = samples(rule, 5, np.random.default_rng(0))
    for point in points:
        value, gradient = evaluate(tape, *point)
        r = primal_function(rule.name)(*point)
        wanted = [
            partial_function(rule.name, i)(*point, r)
            for i, p in enumerate(rule.partials)
            if p is not None
        ]
        assert value == pytest.approx(r, rel=1e-14, abs=1e-300)
        assert gradient == pytest.approx(wanted, rel=1e-13, abs=1e-300)
    for point, wanted in rule.at:
        assert evaluate(tape, *point)[1].tolist() == list(wanted)


# ---- A function written for a float array, from the interpreter and compiled ----


@numba.njit
def everything(x, data):
    """Loops, branches, arrays written in place, slices, reductions."""
    work = np.zeros_like(x)
    for i in range(len(x)):
        work[i] = x[i] * data[i]
        if x[i] > 0.2:
            work[i] += math.sin(x[i])
    s = 0.0
    for v in work[1:]:
        s = s + v * v
    s += np.sum(x * data) + np.dot(work, data) + (data @ x) - x[0] / (2.0 + x[-1] ** 2)
    best = max(x[0], x[1])
    return s * best + math.sqrt(abs(s) + 1.0)


@numba.njit
def gradient_of_everything(x, data):
    tape = Tape()
    y = everything(tape.variables(x), data)
    return y.value, tape.gradient(y)


def test_a_function_for_float_arrays_runs_unchanged():
    rng = np.random.default_rng(1)
    x, data = rng.normal(size=7), rng.normal(size=7)
    value, gradient = gradient_of_everything(x, data)
    assert value == pytest.approx(everything(x, data), rel=1e-15)
    for i in range(7):
        step = np.zeros(7)
        step[i] = 1e-6
        difference = (everything(x + step, data) - everything(x - step, data)) / 2e-6
        assert gradient[i] == pytest.approx(difference, rel=1e-7, abs=1e-7)


@numba.njit
def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def rosenbrock_derivatives(x):
    """Return the gradient and the Hessian in closed form."""
    n = x.size
    g, h = np.zeros(n), np.zeros((n, n))
    for i in range(n - 1):
        r = x[i + 1] - x[i] ** 2
        g[i] += -400 * x[i] * r - 2 * (1 - x[i])
        g[i + 1] += 200 * r
        h[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        h[i + 1, i + 1] += 200
        h[i, i + 1] -= 400 * x[i]
        h[i + 1, i] -= 400 * x[i]
    return g, h


@numba.njit
def rosenbrock_gradient(tape, x):
    tape.reset()
    y = rosenbrock(tape.variables(x))
    return tape.gradient(y)


@numba.njit
def rosenbrock_hvp(tape, x, x_dot):
    tape.reset()
    y = rosenbrock(tape.tangent_variables(x, x_dot))
    return tape.hvp(y)


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_rosenbrock_against_closed_forms(n, tape):
    x = np.random.default_rng(n).normal(size=n)
    x_dot = np.random.default_rng(n + 1).normal(size=n)
    gradient, hessian = rosenbrock_derivatives(x)
    assert rosenbrock_gradient(tape, x) == pytest.approx(gradient, rel=1e-12, abs=1e-9)
    both = rosenbrock_hvp(tape, x, x_dot)
    assert both[0] == pytest.approx(gradient, rel=1e-12, abs=1e-9)
    assert both[1] == pytest.approx(hessian @ x_dot, rel=1e-12, abs=1e-8)


def test_growth_reset_and_reuse():
    tape, x = Tape(), np.linspace(-1.0, 1.0, 3000)
    wanted = rosenbrock_derivatives(x)[0]
    assert tape.partials.shape[0] < x.size
    for _ in range(3):
        assert rosenbrock_gradient(tape, x) == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    room = tape.partials.shape[0]
    assert tape.n_variables == 3000
    assert 0 < tape.n_statements() < room
    tape.reset()
    assert (tape.n_variables, tape.n_statements(), tape.partials.shape[0]) == (0, 0, room)


@numba.njit
def _compiled_square(x):
    return x * x + 1.0


def test_more_variables_than_ids_are_refused_before_there_is_room_for_them():
    tape = Tape()
    x = tape.variable(2.0)
    with pytest.raises(OverflowError, match=r"at most 2\*\*31 - 8 statements"):
        tape.variables(np.broadcast_to(1.0, 2**31))
    assert tape.gradient(x * x)[0] == 4.0


def test_in_the_interpreter():
    tape = Tape()
    x, y = tape.variable(2.0), tape.variable(3)
    r = x * y + fastad.sin(x) - 2 / y + np.exp(y) ** 2 - abs(-x) + _compiled_square(x)
    wanted = 3 + math.cos(2) - 1 + 4, 2 + 2 / 9 + 2 * math.exp(6)
    assert tape.gradient(r) == pytest.approx(wanted, rel=1e-14)
    assert tape.gradient(x).tolist() == [1.0, 0.0]
    assert tape.gradient(1.5).tolist() == [0.0, 0.0]
    assert x < y
    assert x == 2
    assert repr(x) == "Var(value=2.0)"
    assert (np.array([x, y]) * 2.0)[1].value == 6.0
    with pytest.raises(TypeError, match=r"use its \.value"):
        float(x)
    del tape
    assert (x + 1).tape.gradient(x).tolist() == [1.0, 0.0]  # a Var keeps its tape


# ---- What must not go wrong silently ----


@numba.njit
def _dropped(x):
    tape = Tape()
    v = tape.variable(x)  # the tape's last mention: it dies here
    s = 1.0
    for _ in range(3):
        s = s * v
    return s.value


@numba.njit
def _escaping(x):
    return Tape().variable(x)


def test_a_dead_tape_is_an_error():
    with pytest.raises(RuntimeError, match="Tape is gone"):
        _dropped(2.0)
    with pytest.raises(RuntimeError, match="Tape is gone"):
        _escaping(2.0)


def test_stale_and_foreign_vars_are_errors():
    tape, other = Tape(), Tape()
    x, foreign = tape.variable(1.0), other.variable(2.0)
    with pytest.raises(RuntimeError, match="reset, or of another"):
        x * foreign
    tape.reset()
    with pytest.raises(RuntimeError, match="reset, or of another"):
        x * 2.0
    with pytest.raises(RuntimeError, match="reset, or of another"):
        tape.gradient(x)
    y = tape.variable(1.0)
    with pytest.raises(RuntimeError, match="reset, or of another"):
        tape.gradient(x * y)
    tape.reset()
    tape.variable(1.0)
    assert (tape.variable(2.0) * 3.0).value == 6.0
    with pytest.raises(RuntimeError, match="before the first operation"):
        tape.variable(1.0)


@numba.njit
def _written_to_floats(x):
    tape = Tape()
    out = np.zeros(1)
    out[0] = tape.variables(x)[0]
    return tape.gradient(out[0])


def test_writing_into_a_float_array_is_refused():
    with pytest.raises(numba.TypingError, match="zeros_like"):
        _written_to_floats(np.ones(2))


@numba.njit
def _kinks(x):
    tape = Tape()
    v = tape.variable(x)
    lost = np.sqrt(v)  # infinite slope at 0
    terms = (
        max(lost, 1.0),
        fastad.where(x > 0.0, lost, 2.0 * v),
        np.where(x > 0.0, 1.0 * lost, 3.0 * v),
        lost * 0.0,
        np.sqrt(0.0 * v),
    )
    a = tape.gradient(terms[0])[0], tape.gradient(terms[1])[0], tape.gradient(terms[2])[0]
    return a, tape.gradient(terms[3])[0], tape.gradient(terms[4])[0]


def test_strong_zeros():
    assert _kinks(0.0) == ((0.0, 2.0, 3.0), 0.0, 0.0)


@numba.njit
def _wide(x):
    tape = Tape()
    v = tape.variables(x)
    a = v[0] * v[1] + v[1] * v[2] + v[2] * v[0] + v[0]
    b = (a * a + a) * (a - v[1]) + v[0] * v[0] + v[1] * v[1]
    c = b + a  # a once more, after b went on from it
    return tape.gradient(c)


def test_a_value_used_after_its_continuation():
    x = np.array([0.3, -0.7, 1.1])
    a = x[0] * x[1] + x[1] * x[2] + x[2] * x[0] + x[0]
    a_x = np.array([x[1] + x[2] + 1, x[0] + x[2], x[1] + x[0]])
    slope = (2 * a + 1) * (a - x[1]) + (a * a + a) + 1
    wanted = slope * a_x + np.array([2 * x[0], -(a * a + a) + 2 * x[1], 0.0])
    assert _wide(x) == pytest.approx(wanted, rel=1e-14)


@numba.njit
def _prefixes(x):
    tape = Tape()
    v = tape.variables(x)
    s = 0.0
    kept = np.zeros_like(v)
    for i in range(v.size):
        s += v[i] * v[i]
        kept[i] = s
    total = 0.0
    for i in range(v.size):
        total += kept[i] * (i + 1.0)
    return tape.gradient(total)


def test_prefixes_of_a_sum_keep_their_own_derivatives():
    x = np.array([0.5, 2.0, -1.0, 3.0])
    weights = np.arange(1.0, 5.0)
    wanted = 2 * x * weights[::-1].cumsum()[::-1]
    assert _prefixes(x) == pytest.approx(wanted, rel=1e-15)


# ---- The inner-product law and random programs ----


@numba.njit
def _program(x, codes):
    v = np.zeros_like(x)
    v[:] = x
    for k in range(len(codes)):
        code, i, j = codes[k]
        i, j = i % v.size, j % v.size
        if code == 0:
            v[i] = v[i] + v[j]
        elif code == 1:
            v[i] = v[i] * v[j] * 0.5
        elif code == 2:
            v[j] = math.sin(v[i]) - v[j] * v[i]
        elif code == 3:
            v[i] = v[i] / (2.0 + v[j] * v[j])
        else:
            v[j] += math.tanh(v[i]) * v[j]
    return np.sum(v * v)


@numba.njit
def _program_gradient(tape, x, codes):
    tape.reset()
    y = _program(tape.variables(x), codes)
    return tape.gradient(y)


@numba.njit
def _program_hvp(tape, x, x_dot, codes):
    tape.reset()
    y = _program(tape.tangent_variables(x, x_dot), codes)
    gradient, product = tape.hvp(y)
    return y.value.partials[0], gradient, product


_TAPE = Tape()
_steps = st.lists(st.tuples(*(st.integers(0, n) for n in (4, 4, 4))), min_size=1, max_size=30)
_vectors = st.lists(st.floats(-1.5, 1.5), min_size=4, max_size=4).map(np.array)


@settings(max_examples=60, deadline=None)
@given(_steps, _vectors, _vectors, _vectors)
def test_inner_product_laws(steps, x, u, w):
    codes = np.array(steps)
    slope, gradient, hessian_u = _program_hvp(_TAPE, x, u, codes)
    reverse = _program_gradient(_TAPE, x, codes)
    hessian_w = _program_hvp(_TAPE, x, w, codes)[2]
    scale = 1.0 + np.abs(gradient).sum() + np.abs(hessian_u).sum() + np.abs(hessian_w).sum()
    assert gradient == pytest.approx(reverse, abs=1e-12 * scale)
    assert slope == pytest.approx(gradient @ u, abs=1e-11 * scale)
    assert hessian_u @ w == pytest.approx(hessian_w @ u, abs=1e-10 * scale)


def test_import_compiles_and_prints_nothing():
    code = (
        "import numba.core.event as e\n"
        "with e.install_recorder('numba:compile') as r:\n"
        "    import fastad.tape\n"
        "print(len(r.buffer))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (out.stdout.strip(), out.stderr) == ("0", "")


@pytest.mark.parametrize("number", [lambda: Tape().variable(2.0), lambda: fastad.Dual(2.0, 1.0)])
def test_a_number_and_an_array_in_the_interpreter(number):
    """The number's own operator was asked first, and did not know arrays."""
    x, a = number(), np.array([1.0, 2.0, 4.0])
    for f in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        assert [r.value for r in f(x, a)] == [*f(2.0, a)]
        assert [r.value for r in f(a, x)] == [*f(a, 2.0)]
    assert (x < a).tolist() == (a > 2.0).tolist()
    assert (a < x).tolist() == (a < 2.0).tolist()
    assert np.float64(2.0) == x
    assert x != np.float64(1.0)
    assert np.int64(1) < x


def test_gradients_of_a_number_and_an_array_in_the_interpreter():
    tape = Tape()
    x, a = tape.variable(2.0), np.array([1.0, 2.0, 4.0])
    assert tape.gradient((x**a)[2]) == [32.0]
    assert tape.gradient((x - a)[1]) == [1.0]
    assert tape.gradient((a / x)[2]) == [-1.0]
