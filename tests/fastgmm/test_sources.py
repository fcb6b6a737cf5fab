"""Passes over the rows: each used once, whatever the blocks, chunks, threads and strides."""

import sys
import tracemalloc

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, options_of, random_mixture
from naive import log_joint
from scipy.special import logsumexp

from fastgmm import GaussianMixture, make_mixture, set_num_threads
from fastgmm.em.loop import EMRun, run_em
from fastgmm.passes import partition as cuts
from fastgmm.passes.partition import block_rows, partition
from fastgmm.passes.plan import make_plan
from fastgmm.passes.source import Source
from fastgmm.passes.sources import ArraySource
from fastgmm.passes.statistics import SufficientStats, merge
from fastgmm.simd.panels import panel_rows

K, D, BLOCK = 3, 2, 48
MODES = ("soft", "hard", "random")


@pytest.fixture
def small_blocks(monkeypatch):
    """Work in blocks of 48 rows (one panel of float32, two of float64), chunks of 96."""
    monkeypatch.setattr(cuts, "MIN_BLOCK", BLOCK)
    monkeypatch.setattr(cuts, "MAX_BLOCK", BLOCK)
    monkeypatch.setattr(cuts, "CHUNK_WORK", 1)
    monkeypatch.setattr(cuts, "MIN_CHUNK", 2 * BLOCK)


def scores_of(source, mixture, covariance_type="full"):
    """Return scores (N,), resp (N, K) and labels (N,); what is not written stays NaN or -9."""
    n, k = source.n_rows, len(mixture.weights)
    out = {
        "scores": np.full(n, np.nan, source.dtype),
        "resp": np.full((n, k), np.nan, source.dtype),
        "labels": np.full(n, -9),
    }
    source.scores(mixture, covariance_type, out)
    return out["scores"], out["resp"], out["labels"]


def all_results(X, mixture, covariance_type="full", **kwargs):
    """Return the arrays of a statistics pass and a scores pass, to be compared bit by bit."""
    source = ArraySource(X, **kwargs)
    stats = source.statistics(mixture, covariance_type)
    return [*stats[:6], *scores_of(source, mixture, covariance_type)]


def assert_close(a, b, tol=1e-12):
    """Assert that two SufficientStats about the same shift agree, to `tol` of their size."""
    for name, x, y in zip(SufficientStats._fields[:6], a[:6], b[:6], strict=True):
        np.testing.assert_allclose(x, y, rtol=tol, atol=tol * np.abs(y).max(), err_msg=name)


@pytest.mark.parametrize("n", [1, 2, 23, 24, 25, 47, 48, 49, 95, 96, 97, 191, 192, 193, 500])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_every_row_is_used_exactly_once(n, n_threads, small_blocks):
    set_num_threads(n_threads)
    i = np.arange(1.0, n + 1)
    X = np.stack([i, i**2], axis=1)  # integers about zero: the sums are exact
    mixture = make_mixture([1.0], [[0.0, 0.0]], [np.diag([4.0**6, 4.0**12])])
    stats = ArraySource(X).statistics(mixture, "full")
    assert np.array_equal(stats.shift, [[0.0, 0.0]])
    assert stats.nk.tolist() == [n]
    assert stats.weight == n
    assert np.array_equal(stats.first, [X.sum(axis=0)])
    assert np.array_equal(stats.second, [X.T @ X])
    two = random_mixture("full", 2, D)
    scores, resp, labels = scores_of(ArraySource(X), two)
    joint = log_joint(X, two)
    np.testing.assert_allclose(scores, logsumexp(joint, axis=1), rtol=1e-11)
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, rtol=1e-13)
    assert np.array_equal(labels, joint.argmax(axis=1))


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("d", [1, 2, 8, 40])
@pytest.mark.parametrize("n", [1, 95, 4096, 1_000_003])
def test_the_partition_is_of_whole_blocks(covariance_type, d, n):
    plan = make_plan(random_mixture(covariance_type, K, d), covariance_type, np.float64)
    n_block = block_rows(n, plan)
    size = panel_rows(np.float64)
    assert n_block % size == 0
    assert size <= n_block < cuts.MAX_BLOCK + size
    bounds = partition(n, n_block, plan)
    assert (bounds[0], bounds[-1]) == (0, n)
    assert (np.diff(bounds) > 0).all()
    assert all(start % n_block == 0 for start in bounds[:-1])
    set_num_threads(1)
    assert bounds == partition(n, n_block, plan)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("mode", MODES)
def test_blocks_and_chunks_change_rounding_only(covariance_type, mode, monkeypatch):
    X, mixture = blobs(1000, D), random_mixture(covariance_type, K, D)
    found = []
    for block, chunk in ((24, 24), (48, 96), (4096, 4096)):
        monkeypatch.setattr(cuts, "MIN_BLOCK", block)
        monkeypatch.setattr(cuts, "MAX_BLOCK", block)
        monkeypatch.setattr(cuts, "CHUNK_WORK", 1)
        monkeypatch.setattr(cuts, "MIN_CHUNK", chunk)
        found.append(ArraySource(X).statistics(mixture, covariance_type, mode=mode, seed=3))
    for other in found[1:]:
        assert_close(found[0], other)


@pytest.mark.parametrize("mode", MODES)
def test_threads_change_no_bit(mode, small_blocks):
    X, mixture = blobs(1000, D), random_mixture("full", K, D)
    found = []
    for n_threads in (1, 2, 5):
        set_num_threads(n_threads)
        found.append(ArraySource(X).statistics(mixture, "full", mode=mode, seed=3))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


def strided(X, form, tmp_path):
    """Return the rows of X (N, D) in an array of another form in memory."""
    if form == "F":
        return np.asfortranarray(X)
    if form == "columns of a wider array":
        return np.repeat(X, 2, axis=1)[:, ::2]
    if form == "every third row":
        return np.repeat(X, 3, axis=0)[::3]
    if form == "reversed":
        return X[::-1].copy()[::-1]
    if form == "mirrored":
        return X[:, ::-1].copy()[:, ::-1]
    if form == "read-only":
        view = X.copy()
        view.flags.writeable = False
        return view
    assert form == "memmap"
    np.save(tmp_path / "rows.npy", X)
    return np.load(tmp_path / "rows.npy", mmap_mode="r")


FORMS = ["F", "columns of a wider array", "every third row", "reversed", "mirrored"]


@pytest.mark.parametrize("form", [*FORMS, "read-only", "memmap"])
def test_strides_change_no_bit(form, tmp_path, small_blocks):
    X, mixture = blobs(150, D), random_mixture("full", K, D)
    other = strided(X, form, tmp_path)
    assert np.array_equal(X, other)
    assert other.strides != X.strides or form in ("read-only", "memmap")
    for a, b in zip(all_results(X, mixture), all_results(other, mixture), strict=True):
        assert np.array_equal(a, b)


def test_rows_and_weights_are_left_alone():
    X, w = blobs(100, D), np.ones(100)
    before = X.copy()
    all_results(X, random_mixture("full", K, D), sample_weight=w)
    assert np.array_equal(X, before)
    assert X.flags.writeable
    assert w.flags.writeable


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_float32_rows(covariance_type):
    X, mixture = blobs(500, D, dtype=np.float32), random_mixture(covariance_type, K, D)
    double = ArraySource(X.astype(np.float64)).statistics(mixture, covariance_type)
    # Computed in float64 they are the same numbers; in float32 the sums stay float64.
    wide = ArraySource(X, dtype=np.float64).statistics(mixture, covariance_type)
    assert all(np.array_equal(a, b) for a, b in zip(double, wide, strict=True))
    single = ArraySource(X).statistics(mixture, covariance_type)
    assert single.nk.dtype == single.first.dtype == single.second.dtype == np.float64
    assert not np.array_equal(single.nk, double.nk)
    assert_close(single, double, 1e-4)
    assert scores_of(ArraySource(X), mixture, covariance_type)[0].dtype == np.float32


def test_float32_sums_do_not_grow_worse_with_the_number_of_rows():
    X = np.full((400_000, 1), 0.1, dtype=np.float32)
    stats = ArraySource(X).statistics(make_mixture([1.0], [[0.0]], [[0.01]]), "diag")
    exact = X.sum(dtype=np.float64)
    assert stats.nk[0] == 400_000
    assert stats.first[0, 0] == pytest.approx(exact, rel=3e-5)
    in_float32 = np.cumsum(X, dtype=np.float32)[-1]
    assert abs(in_float32 - exact) > 3e-4 * exact  # what is at stake


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_known_labels_restrict_their_rows(covariance_type, mode, small_blocks):
    rng = np.random.default_rng(0)
    X, mixture = blobs(150, D), random_mixture(covariance_type, K, D)
    labels = rng.integers(-1, K, size=150)
    stats = ArraySource(X, labels=labels).statistics(mixture, covariance_type, mode=mode)
    joint = log_joint(X, mixture)
    joint[(labels[:, np.newaxis] >= 0) & (labels[:, np.newaxis] != np.arange(K))] = -np.inf
    norm = joint.max(axis=1) if mode == "hard" else logsumexp(joint, axis=1)
    resp = np.exp(joint - norm[:, np.newaxis])
    if mode == "hard":
        resp = np.eye(K)[joint.argmax(axis=1)]
    np.testing.assert_allclose(stats.nk, resp.sum(axis=0), rtol=1e-12)
    first = np.einsum("nk,nkd->kd", resp, X[:, np.newaxis] - stats.shift)
    np.testing.assert_allclose(stats.first, first, rtol=1e-10, atol=1e-10)
    assert stats.log_likelihood == pytest.approx(norm.sum(), rel=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_a_sample_weight_is_a_repetition(covariance_type, mode, small_blocks):
    X, mixture = blobs(150, D), random_mixture(covariance_type, K, D)
    counts = np.random.default_rng(0).integers(0, 4, size=150)
    weighted = ArraySource(X, counts.astype(np.float64))
    repeated = ArraySource(np.repeat(X, counts, axis=0))
    assert weighted.weight == repeated.weight == counts.sum()
    assert_close(
        weighted.statistics(mixture, covariance_type, mode=mode),
        repeated.statistics(mixture, covariance_type, mode=mode),
    )


def test_weights_of_one_change_no_bit():
    X, mixture = blobs(150, D), random_mixture("full", K, D)
    plain, ones = all_results(X, mixture), all_results(X, mixture, sample_weight=np.ones(150))
    assert all(np.array_equal(a, b) for a, b in zip(plain, ones, strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_second_moments_are_left_out_when_not_wanted(mode):
    X, mixture = blobs(150, D), random_mixture("full", K, D)
    whole = ArraySource(X).statistics(mixture, "full", mode=mode)
    part = ArraySource(X).statistics(mixture, "full", mode=mode, second=False)
    assert part.second is None
    assert_close(whole._replace(second=whole.nk), part._replace(second=whole.nk))


def test_random_responsibilities():
    """Uniform numbers divided by their sum, that differ by row, component and seed."""
    n = 20_000
    X, mixture = blobs(n, D), random_mixture("full", K, D)
    options = {"mode": "random", "second": False}
    stats = ArraySource(X).statistics(mixture, "full", **options, seed=1)
    other = ArraySource(X).statistics(mixture, "full", **options, seed=2)
    assert stats.nk.sum() == pytest.approx(n, rel=1e-12)
    assert not np.array_equal(stats.nk, other.nk)
    # The mean of such a share is 1/3, its standard deviation below 0.2.
    assert (np.abs(stats.nk / n - 1 / K) < 5 * 0.2 / np.sqrt(n)).all()
    means = stats.shift + stats.first / stats.nk[:, np.newaxis]
    np.testing.assert_allclose(means, np.tile(X.mean(axis=0), (K, 1)), atol=0.15)
    assert not np.array_equal(means[0], means[1])


@pytest.mark.parametrize("n", [1, 3, 10])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_worst_rows(n, dtype, small_blocks):
    rng = np.random.default_rng(0)
    X, mixture = blobs(200, D).astype(dtype), random_mixture("full", K, D)
    X[50:150] = X[rng.integers(50, size=100)]  # many are there twice
    w = np.ones(200)
    w[np.argsort(logsumexp(log_joint(X, mixture), axis=1))[:2]] = 0.0  # the very worst
    found = ArraySource(X, w).worst_rows(mixture, "full", n)
    rows = np.unique(X[w > 0], axis=0)
    order = np.argsort(logsumexp(log_joint(rows, mixture), axis=1))
    np.testing.assert_array_equal(found, rows[order[:n]])


def test_worst_rows_of_few_distinct_ones():
    X = np.repeat([[0.0, 0.0], [5.0, 5.0], [1.0, 1.0], [9.0, 9.0]], [20, 30, 10, 2], axis=0)
    w = np.repeat([1.0, 0.0], [60, 2])
    mixture = make_mixture([1.0], [[0.0, 0.0]], [np.eye(2)])
    found = ArraySource(X, w).worst_rows(mixture, "full", 5)
    assert found.tolist() == [[5, 5], [1, 1], [0, 0]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_subsample(dtype):
    X = np.arange(200, dtype=dtype).reshape(100, 2)
    w = np.arange(1.0, 101.0)
    rows, weights = ArraySource(X, w).subsample(30, np.random.RandomState(0))
    assert rows.shape == (30, 2)
    assert rows.dtype == weights.dtype == np.float64
    chosen = rows[:, 0] / 2
    assert len(set(chosen)) == 30
    assert np.array_equal(weights, chosen + 1)
    assert np.array_equal(rows[:, 1], rows[:, 0] + 1)
    other, ones = ArraySource(X).subsample(30, np.random.RandomState(1))
    assert not np.array_equal(rows, other)
    assert np.array_equal(ones, np.ones(30))


@pytest.mark.parametrize("n", [1, 7, 50, 51, 80, 1000])
def test_subsample_takes_rows_of_positive_weight_only(n):
    X = np.arange(10_000.0)[:, np.newaxis]
    w = np.zeros(10_000)
    w[np.random.default_rng(0).choice(10_000, 51, replace=False)] = 2.0
    rows, weights = ArraySource(X, w).subsample(n, np.random.RandomState(0))
    assert len(rows) == len(weights) == min(n, 51)
    assert len(np.unique(rows)) == len(rows)
    assert (w[rows[:, 0].astype(int)] == 2).all()
    assert (weights == 2).all()


def test_subsample_draws_every_row_as_often():
    source, rng = ArraySource(np.arange(10.0)[:, np.newaxis]), np.random.RandomState(0)
    counts = np.bincount(
        np.concatenate([source.subsample(4, rng)[0] for _ in range(5000)]).astype(int).ravel()
    )
    np.testing.assert_allclose(counts, 2000, rtol=0.4)  # parts of 2 and of 3 rows


def test_subsample_of_all_is_a_copy():
    X, w = blobs(10, D), np.ones(10)
    rows, weights = ArraySource(X, w).subsample(10, np.random.RandomState(0))
    assert np.array_equal(rows, X)
    assert not np.shares_memory(rows, X)
    assert not np.shares_memory(weights, w)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("init_params", ["kmeans", "random", "random_from_data"])
@pytest.mark.parametrize("magnitude", [1e154, 1e200, 1e307])
def test_values_too_large_are_refused_without_warnings(covariance_type, init_params, magnitude):
    options = {"covariance_type": covariance_type, "init_params": init_params}
    with pytest.raises(ValueError, match="values too large for sums of squares in float64"):
        GaussianMixture(2, random_state=0, **options).fit(blobs(60, D) / 10 * magnitude)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("n", [100, 40_000])  # of many rows, the start looks at some only
def test_one_value_too_large_is_refused(covariance_type, n):
    X = blobs(n, D)
    X[70] = 1e200
    with pytest.raises(ValueError, match="values too large"):
        GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_an_overflow_of_the_sum_over_chunks_is_refused(n_threads, small_blocks):
    """Each chunk's sums are finite; merging them, in whatever thread, is not."""
    set_num_threads(n_threads)
    X = np.full((640, 1), 1e110)
    w = np.full(640, 1e86)  # 96 rows a chunk: 9.6e307 in units of the scale
    mixture = make_mixture([1.0], [[0.0]], [[1.0]])
    with pytest.raises(ValueError, match="values too large"):
        ArraySource(X, w).statistics(mixture, "diag")


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_extra_memory_of_a_fit_does_not_grow_with_the_rows(init_params):
    peaks = []
    for n_rows in (400_000, 1_600_000):
        X = np.random.default_rng(0).normal(size=(n_rows, 2))
        gm = GaussianMixture(
            3, init_params=init_params, random_state=0, callback=lambda s: s.iteration == 2
        )
        tracemalloc.start()  # NumPy tells it of its arrays; Numba's own are the blocks
        gm.fit(X)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000  # a byte a row would be 1.2 MB


class TwoParts:
    """Rows in two places, known to the EM loop as a `Source` and no more."""

    def __init__(self, X, weights):
        half = len(X) // 3
        self.parts = [ArraySource(X[:half], weights[:half]), ArraySource(X[half:], weights[half:])]
        self.n_features, self.dtype, self.rows_dtype = X.shape[1], X.dtype, X.dtype

    n_rows = property(lambda self: sum(p.n_rows for p in self.parts))
    weight = property(lambda self: sum(p.weight for p in self.parts))

    def statistics(self, mixture, covariance_type, **wanted):
        # About one point, so that they add up: the weighted mean of the mixture, as one source has.
        wanted.setdefault("centre", mixture.weights @ mixture.means)
        return merge(*(p.statistics(mixture, covariance_type, **wanted) for p in self.parts))

    def scores(self, mixture, covariance_type, outputs):
        begin = 0
        for p in self.parts:
            here = {k: v[begin : begin + p.n_rows] for k, v in outputs.items()}
            p.scores(mixture, covariance_type, here)
            begin += p.n_rows

    def labels_alike(self, covariance_type, mixtures):
        return all(p.labels_alike(covariance_type, mixtures) for p in self.parts)

    def worst_rows(self, mixture, covariance_type, n):
        rows = [p.worst_rows(mixture, covariance_type, n) for p in self.parts]
        return ArraySource(np.concatenate(rows)).worst_rows(mixture, covariance_type, n)

    def subsample(self, n, rng):
        found = [p.subsample(n, rng) for p in self.parts]
        return tuple(np.concatenate(part)[:n] for part in zip(*found, strict=True))

    def in_float64(self):
        return self


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("empty", [False, True])
def test_the_loop_needs_no_more_of_a_source_than_it_says(covariance_type, empty):
    X = blobs(300, D, K, seed=5, spread=4.0)
    weights = np.random.default_rng(5).exponential(size=len(X))
    start = random_mixture(covariance_type, d=D, seed=5, spread=4.0)
    if empty:  # a component that no row is near to is given the worst ones
        start = start.with_(means=start.means + [[1e4, 0.0], [0.0, 0.0], [0.0, 0.0]])
    one, two = ArraySource(X, weights), TwoParts(X, weights)
    assert isinstance(one, Source)
    assert isinstance(two, Source)
    runs = []
    for source in (one, two):
        run = EMRun(start)
        run_em(run, source, options_of(covariance_type), tol=0.0, max_iter=8)
        runs.append(run)
    a, b = runs
    assert b.reseeded == a.reseeded
    np.testing.assert_allclose(b.lower_bounds, a.lower_bounds, rtol=1e-10)
    np.testing.assert_allclose(b.mixture.means, a.mixture.means, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_code_for_most_fits_does_what_code_for_all_does(covariance_type, mode):
    X, mixture = blobs(200, D), random_mixture(covariance_type, K, D)
    assert make_plan(mixture, covariance_type, np.float64).local is None
    unknown = ArraySource(X, labels=np.full(len(X), -1))
    found = ArraySource(X).statistics(mixture, covariance_type, mode=mode)
    expected = unknown.statistics(mixture, covariance_type, mode=mode)
    for a, b in zip(found[:6], expected[:6], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13 * np.abs(b).max())


def test_passes_keep_no_reference_to_their_arrays():
    X, mixture = blobs(200, D), random_mixture("full", K, D)
    out = np.empty(len(X))
    counts = []
    for _ in range(2):
        source = ArraySource(X, labels=np.full(len(X), -1))
        source.statistics(mixture, "full")
        ArraySource(X).statistics(mixture, "full")
        ArraySource(X).scores(mixture, "full", {"scores": out})
        del source
        counts.append([sys.getrefcount(a) for a in (X, out, *mixture)])
    assert counts[0] == counts[1]
