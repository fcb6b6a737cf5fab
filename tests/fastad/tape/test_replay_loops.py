"""Recordings of loops replayed: what the iterations share, carry, choose and raise."""

import math
import threading

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastad import ReplayTape, Tape


@numba.njit
def shapes(x, data):
    """All that iterations can read: shared, their own, data, of other iterations, later ones."""
    n, m = data.shape[0], data.shape[1]
    kept = np.zeros_like(x[:n])
    previous = x[0] * x[1]  # made before the loop and read by all iterations
    shared = math.exp(0.1 * previous)
    total = 0.0
    for i in range(n):
        s = shared * data[i, 0] + x[i]  # x[i]: another variable in each iteration
        for j in range(m):
            s = s + x[j] * data[i, j] - x[i] * x[j]
        top = max(s, 0.1 * s)
        kept[i] = math.sin(top) * 0.5
        if i % 2 == 0:
            kept[i] = kept[i] * 1.0
        total += kept[i] * previous
        previous = previous * 0.9 + kept[i] * kept[i] * 0.01  # carried from one to the next
    for i in range(n):  # reads what another loop has made, its first iteration again and again
        total += kept[i] * kept[0] - kept[n - 1] / (2.0 + kept[i])
    return total + previous


@numba.njit
def choices(x, data):
    """Branches by value in a loop, all of one length."""
    total = 0.0
    for i in range(data.size):
        d = x[0] * data[i] - x[1]
        if d > 0.0:
            total += d * d
        else:
            total += d * x[1]
        total += max(d, x[0])
    return total * int(x[2]) + math.floor(x[2])


@numba.njit
def _record_shapes(tape, x, data):
    tape.reset()
    tape.output(shapes(tape.variables(x), data))


@numba.njit
def _record_choices(tape, x, data):
    tape.reset()
    tape.output(choices(tape.variables(x), data))


@numba.njit
def _gradient_shapes(tape, x, data):
    tape.reset()
    y = shapes(tape.variables(x), data)
    return tape.gradient(y)


@numba.njit
def _gradient_choices(tape, x, data):
    tape.reset()
    y = choices(tape.variables(x), data)
    return tape.gradient(y)


@pytest.fixture(scope="module")
def tapes():
    return ReplayTape(), Tape()


@pytest.mark.parametrize("n", [1, 200])
def test_every_kind_of_operand(tapes, n):
    replayed, recorded = tapes
    rng = np.random.default_rng(n)
    m = 12
    data = rng.normal(size=(n, m))
    _record_shapes(replayed, rng.normal(size=n + m), data)
    for _ in range(2):
        x = 0.3 * rng.normal(size=n + m)
        assert replayed.replay(x)
        assert replayed.value() == shapes(x, data)  # the same operations in the same order
        wanted = _gradient_shapes(recorded, x, data)
        for _ in range(2):
            assert replayed.gradient() == pytest.approx(wanted, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("iteration", [0, 32, 269])
def test_a_branch_that_changes_in_one_iteration(tapes, iteration):
    replayed, recorded = tapes
    data = np.linspace(0.5, 2.0, 270)
    data[::3] *= -1.0
    x = np.array([1.0, 0.1, 1.5])
    _record_choices(replayed, x, data)
    other = data.copy()
    assert replayed.replay(x)
    # Move the boundary x1 / x0 across the datum of that iteration alone.
    order = np.sort(np.append(data, [-3.0, 3.0]))
    k = np.searchsorted(order, data[iteration])
    beyond = 0.5 * (data[iteration] + order[k + 1 if data[iteration] > 0.1 else k - 1])
    near = np.array([1.0, 0.1, 1.5])
    near[1] = beyond
    differs = ((near[0] * other - near[1] > 0) != (x[0] * other - x[1] > 0)).any()
    assert differs
    assert not replayed.replay(near)
    with pytest.raises(RuntimeError, match="record anew"):
        replayed.gradient()
    again = np.array([1.1, 0.11, 1.2])
    assert replayed.replay(again)
    wanted = _gradient_choices(recorded, again, data)
    assert replayed.gradient() == pytest.approx(wanted, rel=1e-12)
    assert not replayed.replay(np.array([1.1, 0.11, 2.2]))  # int() and floor()
    _record_choices(replayed, near, data)
    assert replayed.replay(near)
    assert replayed.gradient() == pytest.approx(_gradient_choices(recorded, near, data), rel=1e-12)


@numba.njit
def roots(x, data):
    s = 0.0
    for i in range(data.size):
        r = np.sqrt(x[0] * data[i])
        s += max(r, 1.0) + r * x[1] * x[1]
    return s


@numba.njit
def _record_roots(tape, x, data):
    tape.reset()
    tape.output(roots(tape.variables(x), data))


@numba.njit
def _gradient_roots(tape, x, data):
    tape.reset()
    y = roots(tape.variables(x), data)
    return tape.gradient(y)


def test_strong_zeros_infinities_and_nan(tapes):
    replayed, recorded = tapes
    data = np.linspace(0.0, 1.0, 400)
    _record_roots(replayed, np.array([1.0, 1.0]), data)
    for x in ([2.0, 3.0], [2.0, 0.0], [0.0, 2.0], [math.inf, 1.0], [math.nan, 1.0], [1.0, 1.0]):
        x = np.array(x)
        assert replayed.replay(x)
        assert replayed.value() == pytest.approx(roots(x, data), rel=1e-14, nan_ok=True)
        wanted = _gradient_roots(recorded, x, data)
        assert replayed.gradient() == pytest.approx(wanted, rel=1e-12, nan_ok=True)


# ---- Random loops ----


@numba.njit
def _random_loop(x, codes, data):
    v = np.zeros_like(x)
    v[:] = x
    total = 0.0
    for i in range(data.size):
        w = np.zeros_like(x)
        w[:] = x
        w[0] = w[0] + data[i]
        for k in range(len(codes)):
            code, a, b = codes[k]
            a, b = a % w.size, b % w.size
            if code == 0:
                w[a] = w[a] + w[b]
            elif code == 1:
                w[a] = w[a] * w[b] * 0.5
            elif code == 2:
                w[b] = math.sin(w[a]) - w[b] * w[a]
            elif code == 3:
                w[a] = w[a] / (2.0 + w[b] * w[b])
            elif code == 4:
                w[b] -= math.tanh(w[a]) * w[b]
            elif code == 5:
                v[a] = v[a] * 0.9 + w[b] * 0.01  # carried
            elif code == 6:
                w[b] = w[b] + v[a] * data[i]  # what was carried, read
            else:
                w[a] = -(w[a] ** 2) + x[b]
        total += w[0] * w[1] - w[2]
    return total + np.sum(v * v)


@numba.njit
def _record_random(tape, x, codes, data):
    tape.reset()
    tape.output(_random_loop(tape.variables(x), codes, data))


@numba.njit
def _gradient_random(tape, x, codes, data):
    tape.reset()
    y = _random_loop(tape.variables(x), codes, data)
    return tape.gradient(y)


_REPLAYED, _RECORDED = ReplayTape(), Tape()
_steps = st.lists(st.tuples(*(st.integers(0, n) for n in (7, 3, 3))), min_size=6, max_size=20)
_vectors = st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4).map(np.array)


@settings(max_examples=60, deadline=None)
@given(_steps, _vectors, _vectors, st.integers(60, 110))
def test_random_loops(steps, recorded_at, x, n):
    codes, data = np.array(steps), np.sin(np.arange(n))
    _record_random(_REPLAYED, recorded_at, codes, data)
    assert _REPLAYED.replay(x)
    assert _REPLAYED.value() == pytest.approx(_random_loop(x, codes, data), rel=1e-12, abs=1e-12)
    wanted = _gradient_random(_RECORDED, x, codes, data)
    scale = 1.0 + np.abs(wanted).sum()
    assert _REPLAYED.gradient() == pytest.approx(wanted, abs=1e-11 * scale)


# ---- Threads ----


def test_threads_with_tapes_of_their_own():
    rng = np.random.default_rng(3)
    data = [rng.normal(size=(64 + k, 12)) for k in range(2)]
    points = [0.3 * rng.normal(size=d.shape[0] + 12) for d in data]
    found = [None, None]

    def work(k):
        replayed, recorded = ReplayTape(), Tape()
        for _ in range(20):
            _record_shapes(replayed, points[k], data[k])
            replayed.replay(points[k])
            found[k] = replayed.gradient(), _gradient_shapes(recorded, points[k], data[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in found:
        assert one == pytest.approx(other, rel=1e-11, abs=1e-12)
