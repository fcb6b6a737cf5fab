"""Loops under prange: reversed in chunks, the same to the last bit for any number of threads."""

import math
from pathlib import Path

import numba
import numpy as np
import pytest
from data_loops import DataLoops, data
from interpreted import value_and_grad as interpreted
from numba import typeof
from program_runs import copies, load

import fastad
from fastad import value_and_grad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.ir.statements import Unsupported

RNG = np.random.default_rng(3)
X, W = RNG.normal(size=(200, 3)), RNG.normal(size=3)
BINS = RNG.integers(0, 4, 200)


@numba.njit(parallel=True)
def binned(x, w, bins):
    """Items of its own (y), a scatter (sums), a sum, a count, and memory made in each turn."""
    n = x.shape[0]
    y, sums = np.empty(n), np.zeros(4)
    total, many = 0.0, 0
    for i in numba.prange(n):
        row = np.zeros(3)
        for k in range(3):
            row[k] = x[i, k] * w[k]
        s = 0.0
        for k in range(3):
            s += math.sin(row[k]) * row[(k + 1) % 3]
        y[i] = s * s
        if s > 0.0:
            many += 1
    for i in numba.prange(n):
        sums[bins[i]] += y[i] * w[0]
        total += math.exp(-y[i])
    for k in range(4):
        total += sums[k] ** 2 / many
    return total


@pytest.fixture(scope="module")
def by_threads():
    g = value_and_grad(binned, argnums=(0, 1), mode="source")
    before, found = numba.get_num_threads(), []
    for threads in sorted({1, min(2, numba.config.NUMBA_NUM_THREADS)}):
        numba.set_num_threads(threads)
        found.append(g(X, W, BINS))
    numba.set_num_threads(before)
    return g, found


def test_the_same_for_any_number_of_threads(by_threads):
    _, found = by_threads
    assert found[0][0] == found[-1][0]
    for a, b in zip(found[0][1], found[-1][1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_gradient_by_differences(by_threads):
    g, found = by_threads
    value, bars = found[0]
    f = binned.py_func
    assert value == pytest.approx(f(X, W, BINS), rel=1e-13)
    for k, bar in enumerate(bars):
        v, along = RNG.normal(size=bar.shape), []
        for step in (1e-4, 2e-4):
            ends = []
            for sign in (1, -1):
                given = [X, W, BINS]
                given[k] = given[k] + sign * step * v
                ends.append(f(*given))
            along.append(ends[0] - ends[1])
        assert np.sum(bar * v) == pytest.approx((8 * along[0] - along[1]) / 12e-4, rel=1e-7)
    assert "numba.prange" in g.source


def test_chunks_of_a_loop_shorter_than_their_number():
    (value, bars), _ = interpreted(binned.py_func, [X[:3], W, BINS[:3]], (0, 1))
    assert value == pytest.approx(binned.py_func(X[:3], W, BINS[:3]), rel=1e-14)
    assert bars[0].shape == (3, 3)
    (value, bars), _ = interpreted(sines, [np.zeros(0)], (0,))
    assert value == 0.0
    assert bars[0].shape == (0,)


def sines(x):
    total = 0.0
    for i in numba.prange(x.size):
        total += math.sin(x[i])
    return total


def test_forward_mode_runs_parallel_sums_in_one_thread():
    f = numba.njit(parallel=True)(sines)
    np.testing.assert_allclose(fastad.grad(f, mode="forward")(X[0]), np.cos(X[0]), rtol=1e-14)


def test_called_from_compiled_code_and_from_within_prange():
    g = value_and_grad(sines, mode="source")

    @numba.njit(parallel=True)
    def rows(x):
        out = np.empty_like(x)
        for i in numba.prange(x.shape[0]):
            out[i] = g(x[i])[1]
        return out

    np.testing.assert_allclose(rows(X), np.cos(X), rtol=1e-14)


@numba.njit(parallel=True)
def misfit(p, t, y):
    total = 0.0
    for i in numba.prange(t.size):
        r = p[0] * math.exp(-p[1] * t[i]) - y[i]
        total += r * r
    return total


def test_the_guide_shows_the_real_code():
    guide = Path(__file__).parents[3] / "docs" / "source_transformation.md"
    code = Generated(misfit, [typeof(v) for v in (W, X[0], X[0])], (0,)).source
    turns, threads, *_ = code.split("\n\n\n")
    assert f"{turns}\n\n\n{threads}" in guide.read_text()


def recurrence(x):
    y = np.zeros(x.size)
    for i in numba.prange(1, x.size):
        y[i] = y[i - 1] * x[i]
    return y[-1]


def chain(x):
    s = 1.0
    for i in numba.prange(x.size):
        s = s * x[i] + 1.0
    return s


def anywhere(x, k):
    y = np.zeros(x.size)
    for i in numba.prange(x.size):
        y[k[i]] = x[i] * x[i]
    return y.sum()


LAST = {int(k): i for i, k in enumerate(BINS[:3])}  # the iteration that writes an item last


@pytest.mark.parametrize(
    ("f", "given"), [(recurrence, (X[0],)), (chain, (X[0],)), (anywhere, (X[0], BINS[:3]))]
)
def test_turns_that_share_more_are_refused(f, given):
    with pytest.raises(Unsupported, match=r"line .* prange loop .*write range for prange"):
        Generated(f, [typeof(a) for a in given], (0,))


@pytest.mark.parametrize(
    ("f", "given"), [(recurrence, (X[0],)), (chain, (X[0],)), (anywhere, (X[0], BINS[:3]))]
)
def test_in_a_function_compiled_without_parallel_prange_is_range(f, given):
    x = given[0]
    wanted = {
        "recurrence": np.zeros(3),  # y[0] is 0, and so are all products with it
        "chain": np.array([x[1] * x[2], (1.0 * x[0] + 1.0) * x[2], (x[0] + 1.0) * x[1] + 1.0]),
        "anywhere": np.array([2.0 * x[i] * (i in LAST.values()) for i in range(3)]),
    }[f.__name__]
    g = fastad.grad(numba.njit(f), mode="source")
    np.testing.assert_allclose(g(*given), wanted, rtol=1e-14)
    assert "numba.prange" not in g.source


def check_loop(seed, folder):
    """Compare the chunks of a random loop with the plain loop, and both with differences."""
    source, n = DataLoops(seed).source(), (5, 1, 7, 40)[seed % 4]
    f = load(source.replace("LOOP", "range"), folder, f"range_{seed}")
    g = load(source.replace("LOOP", "prange"), folder, f"prange_{seed}")
    given = data(seed, n)
    try:
        (value, bars), _ = interpreted(g, copies(given), (0, 1, 2))
    except Unsupported:
        return False
    (wanted, expected), _ = interpreted(f, copies(given), (0, 1, 2))
    assert value == pytest.approx(wanted, rel=1e-11)
    assert value == pytest.approx(f(*copies(given)), rel=1e-11)
    scale = max(1.0, *(np.abs(b).max() for b in expected))
    for a, b in zip(bars, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11 * scale)
    ways = [RNG.normal(size=np.shape(v)) if np.ndim(v) else 1.0 for v in given[:3]]
    ends = [
        f(*(v + h * w for v, w in zip(given[:3], ways, strict=True)), given[3])
        for h in (1e-5, -1e-5)
    ]
    total = sum(np.sum(b * w) for b, w in zip(bars, ways, strict=True))
    return abs(total - (ends[0] - ends[1]) / 2e-5) < 1e-5 * max(1.0, abs(total))


def test_random_loops(tmp_path):
    assert sum(check_loop(seed, tmp_path) for seed in range(8)) >= 6


@pytest.mark.slow
def test_many_random_loops(tmp_path):
    assert sum(check_loop(seed, tmp_path) for seed in range(100, 500)) >= 350


def divides(x, w):
    total = 0.0
    for i in numba.prange(x.size):
        total += x[i] * x[i] / w[i]
    return total


def test_what_a_turn_raises_is_raised():
    """Numba's threads lose exceptions, and with them what the thread had added up."""
    x, w = np.linspace(0.5, 2.0, 40), np.ones(40)
    g = value_and_grad(divides, mode="source")
    np.testing.assert_allclose(g(x, w)[1], 2.0 * x, rtol=1e-14)
    w[39] = 0.0
    with pytest.raises(ZeroDivisionError):
        g(x, w)


def of_turned_items(x):
    total = 0.0
    for i in numba.prange(3):
        v = x.T.ravel()
        total += v[i] * v[i + 1]
    return total


def test_parts_of_adjoints_are_in_the_order_of_their_array():
    x = np.asfortranarray(np.linspace(0.5, 2.0, 9).reshape(3, 3))
    v, wanted = x.T.ravel(), np.zeros(9)
    wanted[:3] += v[1:4]
    wanted[1:4] += v[:3]
    value, x_bar = value_and_grad(of_turned_items, mode="source")(x)
    assert value == pytest.approx(v[:3] @ v[1:4], rel=1e-14)
    np.testing.assert_allclose(x_bar.T.ravel(), wanted, rtol=1e-14)


def beside(x, order):
    y = np.ones(x.size + 1)
    for i in numba.prange(x.size):
        y[i + 1] = 0.0
        for j in range(2):
            y[i + 1] += x[i] * x[j]
    return np.sum(y * y)


def in_an_order(x, order):
    y = np.ones(x.size)
    for i in numba.prange(x.size):
        y[order[i]] = 0.0
        for j in range(2):
            y[order[i]] += x[i] * x[j]
    return np.sum(y * y)


@pytest.mark.parametrize("f", [beside, in_an_order])
def test_items_that_are_set_and_then_added_to_at_other_places_are_refused(f):
    given = [typeof(v) for v in (np.ones(3), np.arange(3))]
    with pytest.raises(Unsupported, match="iterations of a prange loop may write the same item"):
        Generated(f, given, (0,))


def product(x, out):
    for i in numba.prange(x.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = 0.0
            for k in range(x.shape[1]):
                out[i, j] += x[i, k] * x[k, j]
    return np.sum(out * out)


def test_a_product_of_matrices_into_what_is_given():
    x, out = np.linspace(0.5, 2.0, 9).reshape(3, 3), np.ones((3, 3))
    (value, (x_bar,)), _ = interpreted(product, [x, out], (0,))
    y = x @ x
    assert value == pytest.approx(np.sum(y * y), rel=1e-14)
    np.testing.assert_allclose(x_bar, 2.0 * (y @ x.T + x.T @ y), rtol=1e-13)
    np.testing.assert_allclose(out, y, rtol=1e-14)


@numba.njit
def accumulate(d, r):
    for i in range(d.shape[0]):
        r[i + 1] = d[i] * r[i]


@numba.njit(parallel=True)
def accumulated(d, r):
    """Rows of their own, which a function fills and reads: no analysis of ours sees it."""
    for k in numba.prange(d.shape[0]):
        accumulate(d[k], r[k])


def test_iterations_that_share_more_are_reversed_in_one_thread():
    rng = np.random.default_rng(0)
    d, r, w = rng.uniform(0.5, 2.0, (4, 3)), np.ones((4, 4)), rng.normal(size=(4, 4))
    g = fastad.vjp(accumulated, mode="source")
    value, bar = g(d, r, w)
    rows = np.cumprod(d, axis=1)
    np.testing.assert_allclose(value[:, 1:], rows, rtol=1e-14)
    wanted = [[(rows[k, i:] @ w[k, i + 1 :]) / d[k, i] for i in range(3)] for k in range(4)]
    np.testing.assert_allclose(bar, wanted, rtol=1e-13)
    assert "in one thread: line" in g.why
