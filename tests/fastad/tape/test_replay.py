import math

import numba
import numpy as np
import pytest
from fastad_oracles import samples
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.runtime import _nrt_python, rtsys

import fastad
from fastad import ReplayTape
from fastad.numbers.overloads import resolve
from fastad.rules.codegen import partial_function, primal_function
from fastad.rules.table import RULES


@pytest.fixture(scope="module")
def tape():
    return ReplayTape()


def recorder(rule):
    """Return an njit function that records one rule of an array's items."""
    function = fastad.FUNCTIONS.get(rule.name) or resolve(rule.overloads[0])
    if rule.arity == 1:

        @numba.njit
        def record(tape, x):
            tape.reset()
            tape.output(function(tape.variables(x)[0]))

    else:

        @numba.njit
        def record(tape, x):
            tape.reset()
            v = tape.variables(x)
            tape.output(function(v[0], v[1]))

    return record


@pytest.mark.parametrize("rule", [r for r in RULES if None not in r.partials], ids=lambda r: r.name)
def test_every_rule_replayed(rule, tape):
    first, *points = samples(rule, 5, np.random.default_rng(0))
    recorder(rule)(tape, np.array(first))
    for point in [*points, *(p for p, _ in rule.at)]:
        assert tape.replay(np.array(point))
        r = tape.value()
        if point in points:
            assert r == pytest.approx(primal_function(rule.name)(*point), rel=1e-14, abs=1e-300)
        wanted = [partial_function(rule.name, i)(*point, r) for i in range(rule.arity)]
        assert tape.gradient() == pytest.approx(wanted, rel=1e-13, abs=1e-300)
    for point, wanted in rule.at:
        assert tape.replay(np.array(point))
        assert tape.gradient().tolist() == list(wanted)


@numba.njit
def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@numba.njit
def record_rosenbrock(tape, x):
    tape.reset()
    tape.output(rosenbrock(tape.variables(x)))


@numba.njit
def recorded_gradient(tape, x):
    tape.reset()
    y = rosenbrock(tape.variables(x))
    return tape.gradient(y)


def test_replay_is_recording_anew():
    rng = np.random.default_rng(0)
    replayed, recorded = ReplayTape(), fastad.Tape()
    record_rosenbrock(replayed, rng.normal(size=500))
    assert replayed.values.size > 1024  # it has grown
    for _ in range(3):
        x = rng.normal(size=500)
        assert replayed.replay(x)
        assert replayed.value() == pytest.approx(rosenbrock(x), rel=1e-14)
        wanted = recorded_gradient(recorded, x)
        assert replayed.gradient() == pytest.approx(wanted, rel=1e-12, abs=1e-9)
        assert replayed.gradient().tolist() == replayed.gradient().tolist()


@numba.njit
def _branches(x, work):
    s = 0.0
    for i in range(x.size):
        if x[i] > 0:
            s += x[i] * x[i]
        work[i] = max(s, x[i])
    return s + work[int(abs(x[0]))]


@numba.njit
def record_branches(tape, x):
    tape.reset()
    v = tape.variables(x)
    tape.output(_branches(v, np.zeros_like(v)))


def test_another_outcome_is_told(tape):
    record_branches(tape, np.array([1.5, 2.0, -1.0]))
    assert tape.replay(np.array([1.2, 3.0, -2.0]))
    assert tape.gradient() == pytest.approx([4.8, 12.0, 0.0])
    for other in ([1.2, 3.0, 2.0], [2.2, 3.0, -2.0], [1.2, math.nan, -2.0]):
        assert not tape.replay(np.array(other))
        with pytest.raises(RuntimeError, match="record anew"):
            tape.gradient()
        with pytest.raises(RuntimeError, match="record anew"):
            tape.value()
        with pytest.raises(RuntimeError, match="otherwise than when recorded"):
            tape.replay_checked(np.array(other))
    tape.replay_checked(np.array([1.2, 3.0, -2.0]))
    assert tape.gradient() == pytest.approx([4.8, 12.0, 0.0])


@numba.njit
def _compare(x, y, case):
    if case == 0:
        return x < y
    if case == 1:
        return x <= y
    if case == 2:
        return x > y
    if case == 3:
        return x >= y
    if case == 4:
        return x == y
    return x != y


@numba.njit
def record_comparison(tape, x, case):
    tape.reset()
    v = tape.variables(x)
    tape.output(v[0] if _compare(v[0], v[1], case) else v[1])


@settings(max_examples=60, deadline=None)
@given(*(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, math.nan])] * 2),) * 2, st.integers(0, 5))
def test_every_comparison_is_guarded(recorded, new, case):
    record_comparison(_TAPE, np.array(recorded), case)
    same = _compare(*recorded, case) == _compare(*new, case)
    assert _TAPE.replay(np.array(new)) == same


_TAPE = ReplayTape()


@numba.njit
def record_conversions(tape, x):
    tape.reset()
    v = tape.variables(x)
    k = math.floor(v[0]) + math.ceil(v[0]) + math.trunc(v[0])
    y = v[0] * k
    if v[0] - 1.5:
        y = y + 1.0
    tape.output(fastad.where(v[0] > 0, y, 0.0))


def test_conversions_to_integers_are_guarded(tape):
    record_conversions(tape, np.array([1.2]))
    assert tape.replay(np.array([1.7]))
    assert tape.value() == pytest.approx(1.7 * 4 + 1)
    assert not tape.replay(np.array([1.5]))
    assert not tape.replay(np.array([2.2]))


@numba.njit
def _refused(tape, x):
    v = tape.variables(x)
    return math.isnan(v[0])


def test_unguarded_questions_are_refused(tape):
    with pytest.raises(numba.TypingError, match="ReplayTape"):
        _refused(tape, np.ones(1))


@numba.njit
def _dropped(x):
    v = ReplayTape().variables(x)
    return (v[0] + 1.0).value


@numba.njit
def _returned(tape, x):
    return tape.variables(x)[0]


@numba.njit
def _kept(tape, x):
    v = tape.variables(x)
    tape.reset()
    tape.variables(x)
    tape.output(v[0] * 2.0)


def test_misuse_is_an_error():
    tape, x = ReplayTape(), np.ones(2)
    with pytest.raises(RuntimeError, match="ReplayTape is gone"):
        _dropped(x)
    with pytest.raises(TypeError, match="lives in compiled code"):
        _returned(ReplayTape(), x)
    with pytest.raises(RuntimeError, match="nothing to replay"):
        tape.replay(x)
    with pytest.raises(RuntimeError, match="reset, or of another"):
        _kept(tape, x)
    record_rosenbrock(tape, x)
    with pytest.raises(ValueError, match="one value for each variable"):
        tape.replay(np.ones(3))
    with pytest.raises(ValueError, match="one item for each variable"):
        tape.gradient_into(np.ones(3))


@numba.njit
def record_singular(tape, x):
    tape.reset()
    v = tape.variables(x)
    tape.output(np.sqrt(v[0] * v[1]) + 3.0 * v[1])


def test_strong_zeros(tape):
    record_singular(tape, np.array([1.0, 1.0]))
    assert tape.replay(np.array([0.0, 2.0]))
    assert tape.gradient().tolist() == [np.inf, 3.0]


def test_replay_allocates_nothing(tape):
    _nrt_python.memsys_enable_stats()
    record_rosenbrock(tape, np.linspace(0, 1, 50))
    x, out = np.linspace(1, 2, 50), np.empty(50)
    tape.replay(x)
    tape.gradient_into(out)
    loop(tape, x, out)
    before = rtsys.get_allocation_stats()
    loop(tape, x, out)
    after = rtsys.get_allocation_stats()
    _nrt_python.memsys_disable_stats()
    assert after.alloc - before.alloc <= 3  # the descriptors of the arguments, not 100 loops


@numba.njit
def loop(tape, x, out):
    for _ in range(100):
        tape.replay(x)
        tape.gradient_into(out)


# ---- The driver that keeps its recording ----


@numba.njit
def piecewise(x, data, scale):
    total = 0.0
    for i in range(x.size):
        total += data[i] * x[i] * x[i] * scale if x[i] > 0 else -x[i]
    return total


def piecewise_and_gradient(x, data, scale):
    value = np.where(x > 0, data * x**2 * scale, -x).sum()
    return value, (np.where(x > 0, 2 * data * x * scale, -1.0), (data * x**2)[x > 0].sum())


@pytest.fixture(scope="module")
def by_replay():
    return fastad.replayed(piecewise, (0, 2))


@numba.njit
def by_replay_in_a_loop(g, tape, points, data):
    total = 0.0
    for x in points:
        total += g(tape, x, data, 2.0)[0]
    return total


def same(got, wanted):
    assert got[0] == pytest.approx(wanted[0], rel=1e-14)
    assert got[1][0] == pytest.approx(wanted[1][0], rel=1e-14)
    assert got[1][1] == pytest.approx(wanted[1][1], rel=1e-14)


def test_replayed_records_anew_where_anything_changed(by_replay):
    tape, data = ReplayTape(), np.arange(1.0, 5.0)
    x = np.array([1.0, 2.0, -3.0, 4.0])
    same(by_replay(tape, x, data, 2.0), piecewise_and_gradient(x, data, 2.0))
    recorded = tape.key
    same(by_replay(tape, 2 * x, data, 3.0), piecewise_and_gradient(2 * x, data, 3.0))
    assert tape.key is recorded or np.shares_memory(tape.key, recorded)  # that was a replay
    for point, other in ((-x, data), (x, data + 1.0), (x[:2], data), (x[::2], data[::2])):
        same(
            by_replay(tape, point, other, 2.0),
            piecewise_and_gradient(point, other[: point.size], 2.0),
        )
    points = np.random.default_rng(0).normal(size=(20, 4))
    wanted = sum(piecewise_and_gradient(p, data, 2.0)[0] for p in points)
    assert by_replay_in_a_loop(by_replay, tape, points, data) == pytest.approx(wanted, rel=1e-13)


def test_replayed_never_takes_another_functions_recording(by_replay, tape):
    x = np.array([1.0, 2.0])
    tape.reset()
    by_replay(tape, x, x, 2.0)
    other = fastad.replayed(lambda x, data, scale: x[0] * scale, (0, 2))
    assert other(tape, x, x, 2.0)[0] == 2.0
    assert by_replay(tape, x, x, 2.0)[0] == 18.0


def test_strictly_replayed_raises(tape):
    g, x = fastad.replayed(piecewise, strict=True), np.array([1.0, -2.0])
    tape.reset()
    assert g(tape, x, x, 2.0)[0] == 4.0
    assert g(tape, 2 * x, x, 2.0)[0] == 12.0
    with pytest.raises(RuntimeError, match="comparison"):
        g(tape, -x, x, 2.0)
    with pytest.raises(RuntimeError, match="other argument"):
        g(tape, x, x + 1.0, 2.0)
    tape.reset()
    assert g(tape, -x, x, 2.0)[0] == -15.0


def _counts_calls(x, w):
    w[0] += 1.0
    return np.sum(x) * w[0]


def _draws(x):
    return np.sum(x) * np.random.random()  # noqa: NPY002


def test_replayed_refuses_what_a_replay_would_not_do(tape):
    with pytest.raises(TypeError, match="writes into 'w', and a replay does not"):
        fastad.replayed(_counts_calls)(tape, np.ones(2), np.ones(1))
    with pytest.raises(TypeError, match="draws random numbers, and a replay does not"):
        fastad.replayed(_draws)(tape, np.ones(2))


def test_replayed_names_what_it_cannot_keep(tape):
    with pytest.raises(TypeError, match="ReplayTape first"):
        fastad.replayed(piecewise)(1.0, np.ones(2), np.ones(2), 1.0)
    with pytest.raises(TypeError, match="'data' of type"):
        fastad.replayed(piecewise)(tape, np.ones(2), [1.0, 2.0], 1.0)
