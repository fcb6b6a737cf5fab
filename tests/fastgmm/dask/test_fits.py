"""Fits on a cluster: the bits do not depend on workers, the numbers not on partitions."""

import threading
import warnings

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from common import COVARIANCE_TYPES, RESULTS, assert_same_model, blobs, random_mixture
from sklearn.exceptions import ConvergenceWarning

import fastgmm
from fastgmm import DegenerateComponentWarning
from fastgmm.covariances import TYPES
from fastgmm.dask import GaussianMixture
from fastgmm.dask.partitions import MERGED_AT_ONCE, DaskRows
from fastgmm.dask.scheduler import Scheduler
from fastgmm.dask.source import DaskSource
from fastgmm.em.loop import EMRun, run_em
from fastgmm.em.m_step import MStepOptions
from fastgmm.passes.source import Source
from fastgmm.passes.sources import ArraySource
from fastgmm.passes.statistics import merge

HOW = {"random_state": 0, "tol": 0.0, "max_iter": 6}
CHUNKS = (700, 0, 1, 1300, 999, 2000)
pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")


def partitioned(X, chunks=CHUNKS):
    return da.from_array(X, chunks=(chunks, -1) if X.ndim == 2 else (chunks,))


def source_of(X, w=None, dtype=None):
    w = None if w is None else partitioned(w)
    return DaskSource(DaskRows(partitioned(X), w, Scheduler()), dtype=dtype)


def assert_close_model(a, b, rtol=1e-9):
    for name in ("weights_", "means_", "covariances_", "precisions_", "lower_bounds_"):
        x, y = np.asarray(getattr(a, name)), np.asarray(getattr(b, name))
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol * np.abs(y).max(), err_msg=name)
    for name in RESULTS[:2]:
        assert getattr(a, name) == getattr(b, name)


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEI"])
def test_workers_and_threads_change_no_bit(client, rows, weights, covariance_type):
    X, w = partitioned(rows), partitioned(weights)
    how = HOW | {"covariance_type": covariance_type, "n_components": 3}
    threads = GaussianMixture(**how).fit(X, sample_weight=w)
    both = GaussianMixture(**how, client=client).fit(X, sample_weight=w)
    one = sorted(client.scheduler_info(n_workers=-1)["workers"])[0]
    with dask.annotate(workers=[one], allow_other_workers=False):
        alone = GaussianMixture(**how, client=client).fit(X, sample_weight=w)
    with dask.config.set(scheduler="synchronous"):
        here = GaussianMixture(**how).fit(X, sample_weight=w)
    for other in (both, alone, here):
        assert_same_model(threads, other)
    local = fastgmm.GaussianMixture(**how).fit(rows, sample_weight=weights)
    assert_close_model(threads, local)


@pytest.mark.parametrize("how", [
    {"init_params": "random"},
    {"init_params": "random_from_data", "assignment": "hard"},
    {"acceleration": "squarem", "covariance_type": "tied"},
])  # fmt: skip
def test_no_bit_of_float32_either(client, rows, how):
    X = partitioned(rows.astype(np.float32))
    model = GaussianMixture(3, **HOW | how, client=client).fit(X)
    assert_same_model(model, GaussianMixture(3, **HOW | how).fit(X))


@pytest.mark.parametrize("how", [
    {"init_params": "random"},
    {"init_params": "random_from_data"},
    {"init_params": "k-means++"},
    {"assignment": "hard"},
    {"acceleration": "anderson"},
    {"fixed": ("means",), "means_init": [[0.0] * 3, [1.0] * 3, [3.0] * 3]},
    {"fixed": ("covariances",), "covariances_init": [np.eye(3)] * 3},
], ids=lambda how: ",".join(map(str, [*how, *how.values()]))[:40])  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_all_ways_to_fit_find_what_a_local_fit_finds(rows, how, dtype):
    rows = rows.astype(dtype)
    model = GaussianMixture(3, **HOW | how).fit(partitioned(rows))
    local = fastgmm.GaussianMixture(3, **HOW | how).fit(rows)
    assert model.means_.dtype == dtype
    assert_close_model(model, local, 1e-9 if dtype == np.float64 else 2e-3)


def test_the_sums_are_those_of_arrays_merged_by_hand(rows, weights):
    X, w = rows[:1600], weights[:1600]
    bounds = range(0, 1600, 100)
    chunks = (100,) * 16
    source = DaskSource(DaskRows(partitioned(X, chunks), partitioned(w, chunks), Scheduler()))
    mixture = random_mixture("full", 3, 3)
    found = source.statistics(mixture, "full")
    how = {"centre": mixture.weights @ mixture.means}
    parts = [
        ArraySource(X[i : i + 100], w[i : i + 100]).statistics(mixture, "full", **how)
        for i in bounds
    ]
    while len(parts) > 1:
        groups = [parts[i : i + MERGED_AT_ONCE] for i in range(0, len(parts), MERGED_AT_ONCE)]
        parts = []
        for group in groups:
            total = group[0]
            for other in group[1:]:
                total = merge(total, other)
            parts.append(total)
    for a, b in zip(found, parts[0], strict=True):
        assert np.array_equal(a, b)
    whole = ArraySource(X, w).statistics(mixture, "full")
    np.testing.assert_allclose(found.second, whole.second, rtol=1e-12)


def test_one_partition_has_the_bits_of_an_array(rows):
    model = GaussianMixture(3, **HOW).fit(da.from_array(rows, chunks=-1))
    assert_same_model(model, fastgmm.GaussianMixture(3, **HOW).fit(rows))


@pytest.mark.parametrize("mode", ["soft", "hard", "random"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_source_is_what_one_of_an_array_is(rows, weights, mode, dtype):
    rows = rows.astype(dtype)
    weights = np.where(weights < 0.5, 0.0, weights * 2.0**-60)  # far below what float32 sums
    one, other = ArraySource(rows, weights), source_of(rows, weights)
    assert isinstance(other, Source)
    assert (other.n_rows, other.n_features) == (one.n_rows, one.n_features)
    assert (other.dtype, other.rows_dtype) == (one.dtype, one.rows_dtype)
    assert other.weight == pytest.approx(one.weight, rel=1e-14)
    mixture = random_mixture("full", 3, 3)
    a, b = (s.statistics(mixture, "full", mode=mode, seed=5) for s in (one, other))
    tol = 1e-11 if dtype == np.float64 else 1e-4
    for x, y in zip(a[:6], b[:6], strict=True):
        np.testing.assert_allclose(x, y, rtol=tol, atol=tol * np.abs(x).max())
    for n in (1, 200, 10_000):
        x, y = (s.subsample(n, np.random.RandomState(0)) for s in (one, other))
        assert np.array_equal(x[0], y[0])
        assert np.array_equal(x[1], y[1])
    assert np.array_equal(one.worst_rows(mixture, "full", 5), other.worst_rows(mixture, "full", 5))
    moved = mixture.with_(means=mixture.means + 1e-9), mixture.with_(means=mixture.means[::-1])
    assert other.labels_alike("full", (mixture, mixture))
    for image in moved:
        alike = [s.labels_alike("full", (mixture, image)) for s in (one, other)]
        assert alike[0] == alike[1]
    out = np.full(len(rows), -1)
    other.scores(mixture, "full", {"labels": out})
    assert np.array_equal(out, fastgmm.GaussianMixture.from_mixture(mixture).predict(rows))
    assert other.in_float64().dtype == np.float64


def test_tight_components_far_from_all_others_keep_their_digits():
    """The centre of all partitions is one that a few rows, of all, ask for; and rows are moved."""
    rng = np.random.default_rng(0)
    tight = 1e-7 * rng.normal(size=(3000, 2)) + [1.0, -2.0]
    X = np.concatenate([tight, 1e5 * rng.normal(size=(300, 2)) + 1e6])
    start = {"means_init": [[1.0, -2.0], [1e6, 1e6]], "weights_init": [0.5, 0.5]}
    start["covariances_init"] = [np.eye(2) * 1e-10, np.eye(2) * 1e11]
    how = HOW | start | {"reg_covar": 0.0}
    model = GaussianMixture(2, **how).fit(partitioned(X, (1100,) * 3))
    local = fastgmm.GaussianMixture(2, **how).fit(X)
    assert_close_model(model, local, 1e-8)
    scatter = np.cov(tight.T, bias=True)
    np.testing.assert_allclose(model.covariances_[0], scatter, rtol=1e-6, atol=1e-6 * scatter[0, 0])


def test_nearly_collinear_features_are_whitened():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 1))
    X = np.concatenate([x, x + 1e-7 * rng.normal(size=x.shape)], axis=1)
    how = HOW | {"reg_covar": 0.0, "max_iter": 3}
    model = GaussianMixture(1, **how).fit(partitioned(X, (500,) * 4))
    local = fastgmm.GaussianMixture(1, **how).fit(X)
    assert_close_model(model, local, 1e-6)
    source = DaskSource(DaskRows(partitioned(X, (500,) * 4), None, Scheduler()))
    run = EMRun(local.mixture_)
    wanted = {"whiten": run.mixture.precisions_cholesky}
    stats = source.statistics(run.mixture, "full", **wanted)
    right = ArraySource(X).statistics(run.mixture, "full", **wanted)
    np.testing.assert_allclose(stats.second, right.second, rtol=1e-9, atol=1e-6)


def test_many_components_are_probed_by_rows_of_all_partitions():
    """More than 16 full covariances in 10 features: a few panels of rows choose the form."""
    X = blobs(12_000, 10, 20, spread=8.0)
    how = HOW | {"max_iter": 2, "n_components": 20}
    model = GaussianMixture(**how).fit(partitioned(X, (5000, 7000)))
    assert_close_model(model, fastgmm.GaussianMixture(**how).fit(X), 1e-8)


def test_a_component_that_holds_no_row_is_moved(client, rows):
    start = {"means_init": [[0.0] * 3, [1.0] * 3, [1e6] * 3], "weights_init": [0.4, 0.4, 0.2]}
    how = HOW | start | {"covariances_init": [np.eye(3)] * 3, "client": client}
    with pytest.warns(DegenerateComponentWarning, match=r"\[2\] came to hold no row"):
        model = GaussianMixture(3, **how).fit(partitioned(rows))
    how.pop("client")
    with pytest.warns(DegenerateComponentWarning):
        assert_close_model(model, fastgmm.GaussianMixture(3, **how).fit(rows), 1e-8)


def test_a_source_runs_in_the_loop(rows):
    run = EMRun(random_mixture("diag", 3, 3))
    run_em(run, source_of(rows), MStepOptions(TYPES["diag"]), max_iter=3)
    assert len(run.lower_bounds) == 3


def test_several_fits_at_once_on_one_client(client, rows):
    X, models = partitioned(rows).persist(scheduler=client), {}

    def fit(k):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            models[k] = GaussianMixture(k, **HOW, client=client).fit(X)

    threads = [threading.Thread(target=fit, args=(k,)) for k in (1, 2, 3)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for k in (1, 2, 3):
        assert_same_model(models[k], GaussianMixture(k, **HOW).fit(partitioned(rows)))


def test_what_leaves_the_workers_does_not_grow_with_the_rows(monkeypatch):
    pulled, run = [], Scheduler.run

    def counted(self, build, shared=None):
        found = run(self, build, shared)
        pulled.append(sum(map(_bytes, found)))
        return found

    monkeypatch.setattr(Scheduler, "run", counted)
    peaks = []
    for n in (100_000, 200_000):
        pulled.clear()
        X = da.random.default_rng(0).normal(size=(n, 2), chunks=(n // 10, 2))
        GaussianMixture(3, **HOW).fit(X)
        peaks.append(max(pulled))
    # The sample: 32,768 rows of 2 features, and a few more that plans look at.
    assert max(peaks) < 2**15 * 16 * 1.05


def _bytes(found):
    if isinstance(found, np.ndarray):
        return found.nbytes
    return sum(map(_bytes, found)) if isinstance(found, (list, tuple)) else 8


def test_weights_of_another_frame_stay_with_the_rows_of_their_place(rows, weights):
    """Nothing is aligned by an index, unknown or of other numbers."""
    frame, series = pd.DataFrame(rows, columns=list("abc")), pd.Series(weights)
    series.index = series.index[::-1]
    cuts = slice(None, 2000), slice(2000, None)
    X = dd.from_delayed([dask.delayed(frame.__getitem__)(some) for some in cuts])
    w = dd.from_delayed([dask.delayed(series.__getitem__)(some) for some in cuts])
    assert not X.known_divisions
    model = GaussianMixture(3, **HOW).fit(X, sample_weight=w)
    chunks = (2000, 3000)
    of_arrays = partitioned(rows, chunks), None, partitioned(weights, chunks)
    vars(model).pop("feature_names_in_")
    assert_same_model(model, GaussianMixture(3, **HOW).fit(*of_arrays))
    with pytest.raises(ValueError, match="must have the partitions of X, 2, got 1"):
        GaussianMixture().fit(X, sample_weight=w.repartition(npartitions=1))
    shorter = w.partitions[[1, 0]]
    with pytest.raises(ValueError, match=r"same partitions as X, \d000 rows, got \d000"):
        GaussianMixture().fit(X, sample_weight=shorter)
