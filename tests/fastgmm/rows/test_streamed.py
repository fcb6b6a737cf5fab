"""Rows that are read in each pass give what the array of them gives, to the bit."""

import threading
import tracemalloc

import numpy as np
import pytest
from common import blobs

from fastgmm import BayesianGaussianMixture, GaussianMixture, open_rows, select, set_num_threads
from fastgmm.passes import partition
from fastgmm.passes.source import Source
from fastgmm.passes.streams import read_ahead
from fastgmm.passes.streams.source import StreamedSource
from fastgmm.rows import table

N, D, K = 3000, 5, 3
NAMES = [f"x{j}" for j in range(D)]


@pytest.fixture(autouse=True)
def streamed(monkeypatch):
    """Keep nothing in memory, and have many blocks and chunks."""
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    monkeypatch.setattr(read_ahead, "BLOCK_BYTES", 300 * 8 * D)
    monkeypatch.setattr(partition, "CHUNK_WORK", 1)
    monkeypatch.setattr(partition, "MIN_CHUNK", 200)
    monkeypatch.setattr(partition, "MIN_BLOCK", 24)
    monkeypatch.setattr(partition, "MAX_BLOCK", 48)
    yield
    set_num_threads(None)
    assert not [t for t in threading.enumerate() if "_read" in t.name]


def rows_of(dtype=np.float64, seed=0):
    return blobs(N, D, K, seed=seed, spread=2.0).astype(dtype)


def _frame(X):
    import pandas

    return pandas.DataFrame(X, columns=NAMES)


def _npy(X, folder):
    np.save(folder / "x.npy", X)
    return folder / "x.npy"


def _fortran(X, folder):
    return str(_npy(np.asfortranarray(X), folder))


def _csv(X, folder):
    np.savetxt(folder / "x.csv", X, "%.17g", delimiter=",", header=",".join(NAMES), comments="")
    return folder / "x.csv"


def _parquet(X, folder, name="x.parquet"):
    _frame(X).to_parquet(folder / name, row_group_size=700)
    return folder / name


def _folder(X, folder):
    for i, start in enumerate(range(0, N, 1100)):
        _parquet(X[start : start + 1100], folder, f"{i}.parquet")
    return folder


def _reordered(X, folder):
    one, other = _frame(X[:1300]), _frame(X[1300:])
    one.to_parquet(folder / "a.parquet")
    other[NAMES[::-1]].to_csv(folder / "b.csv", index=False, float_format="%.17g")
    return [folder / "a.parquet", str(folder / "b.csv")]


def _table(X, folder):
    import pyarrow

    return pyarrow.Table.from_pandas(_frame(X))


def _dataset(X, folder):
    import pyarrow.dataset as ds

    return ds.dataset(_folder(X, folder))


def _batches(X, folder):
    arrow = _table(X, folder)
    return lambda: arrow.to_reader(max_chunksize=640)


def _blocks(X, folder):
    return lambda: (X[start : start + 777] for start in range(0, N, 777))


def _frames(X, folder):
    return lambda: iter([_frame(X[:1]), _frame(X[1:2500]), _frame(X[2500:])])


def _h5py(X, folder):
    import h5py

    file = h5py.File(folder / "x.h5", "w")
    return file.create_dataset("x", data=X, chunks=(256, 2))


def _zarr(X, folder):
    import zarr

    return zarr.array(X, chunks=(256, 2))


def _dask(X, folder):
    import dask.array as da

    return da.from_array(X, chunks=(700, 2))


def _dask_unknown(X, folder):
    return _dask_frame(X, folder).to_dask_array()


def _dask_frame(X, folder):
    import dask.dataframe as dd

    return dd.from_pandas(_frame(X), npartitions=3)


SOURCES = [
    *(_npy, _fortran, _csv, _parquet, _folder, _reordered, _table, _dataset, _batches, _blocks),
    *(_frames, _h5py, _zarr, _dask, _dask_unknown, _dask_frame),
]


def assert_same(a, b):
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        one, other = getattr(a, name), getattr(b, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert a.lower_bounds_ == b.lower_bounds_


@pytest.mark.parametrize("make", SOURCES, ids=lambda f: f.__name__[1:])
def test_a_fit_has_the_bits_of_one_of_the_array(make, tmp_path):
    X = rows_of()
    rows = make(X, tmp_path)
    one, other = (GaussianMixture(K, random_state=0, max_iter=20, tol=1e-5) for _ in range(2))
    one.fit(X)
    assert_same(one, other.fit(rows))
    names = make in (_csv, _parquet, _folder, _reordered, _table, _dataset, _batches, _frames)
    names |= make is _dask_frame
    assert hasattr(other, "feature_names_in_") == names
    np.testing.assert_array_equal(other.predict(rows), one.predict(X))
    np.testing.assert_array_equal(other.predict_proba(rows), one.predict_proba(X))
    np.testing.assert_array_equal(other.score_samples(rows), one.score_samples(X))
    assert (other.score(rows), other.bic(rows)) == (one.score(X), one.bic(X))
    assert (other.aic(rows), other.icl(rows)) == (one.aic(X), one.icl(X))
    np.testing.assert_array_equal(other.log_joint(rows), one.log_joint(X))
    np.testing.assert_array_equal(other.fit_predict(rows), one.fit_predict(X))


@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("options", [
    {"init_params": "random", "covariance_type": "tied"},
    {"init_params": "random_from_data", "covariance_type": "diag", "assignment": "hard"},
    {"init_params": "k-means++", "covariance_type": "spherical", "n_init": 2},
    {"n_components": 17, "max_iter": 4},
], ids=lambda o: "-".join(map(str, o.values())))  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_whatever_is_fitted_with_any_threads(options, n_threads, dtype, tmp_path, recwarn):
    X = rows_of(dtype)
    options = {"n_components": K, "random_state": 1, "max_iter": 15} | options
    one = GaussianMixture(**options).fit(X)
    set_num_threads(n_threads)
    other = GaussianMixture(**options).fit(_npy(X, tmp_path))
    assert_same(one, other)
    np.testing.assert_array_equal(other.predict(_parquet(X, tmp_path)), one.predict(X))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1.0, 1e12])
def test_weights_of_a_column(dtype, scale, tmp_path):
    X = rows_of(dtype)
    weights = np.random.default_rng(0).exponential(size=N) * scale
    weights[::5] = 0.0
    frame = _frame(X)
    frame.insert(2, "w", weights)
    frame.to_parquet(tmp_path / "w.parquet", row_group_size=700)
    rows = open_rows(tmp_path / "w.parquet", weight="w")
    assert (rows.shape, rows.weighted, rows.names) == ((N, D), True, tuple(NAMES))
    one, two, three = (GaussianMixture(K, random_state=0, max_iter=9, tol=0) for _ in range(3))
    with pytest.warns(match="did not converge"):
        assert_same(one.fit(X, sample_weight=weights), two.fit(rows))
    with pytest.warns(match="did not converge"):
        assert_same(one, three.fit(_npy(X, tmp_path), sample_weight=weights))
    assert two.score(rows) == one.score(X, sample_weight=weights)
    with pytest.raises(ValueError, match="not both"):
        two.fit(rows, sample_weight=weights)
    np.testing.assert_array_equal(
        StreamedSource(rows).worst_rows(one.mixture_, "full", 3),
        StreamedSource(open_rows(_npy(X, tmp_path)), weights).worst_rows(one.mixture_, "full", 3),
    )


def test_a_component_that_holds_nothing_gets_the_worst_row(tmp_path):
    X = rows_of()
    start = {"means_init": np.array([X[0], X[1], X[0] + 1e6]), "precisions_init": [np.eye(D)] * K}
    start["weights_init"] = np.full(K, 1 / K)
    fits = [GaussianMixture(K, **start, max_iter=5, tol=0) for _ in range(2)]
    for gm, rows in zip(fits, (X, _parquet(X, tmp_path)), strict=True):
        with pytest.warns(match="moved to the worst explained rows|did not converge"):
            gm.fit(rows)
    assert_same(*fits)


def test_rows_that_are_far_out_and_float32_that_is_too_short(tmp_path):
    X = rows_of(np.float32)
    X[7], X[N - 1] = 1e15, -3e14
    start = {"means_init": X[1:3].astype(float), "weights_init": [0.5, 0.5]}
    start["precisions_init"] = np.array([1e6, 1e-3])
    fits = [GaussianMixture(2, covariance_type="spherical", **start) for _ in range(2)]
    for gm, rows in zip(fits, (X, _npy(X, tmp_path)), strict=True):
        gm.fit(rows)
    assert_same(*fits)
    np.testing.assert_array_equal(
        fits[1].score_samples(tmp_path / "x.npy"), fits[0].score_samples(X)
    )


def test_other_estimators_and_labels(tmp_path):
    X = rows_of()
    rows, labels = _npy(X, tmp_path), np.random.default_rng(0).integers(-1, K, N)
    fits = [BayesianGaussianMixture(n_components=K, random_state=0, tol=1e-2) for _ in range(2)]
    assert_same(fits[0].fit(X), fits[1].fit(rows))
    fits = [GaussianMixture(K, random_state=0, tol=1e-2) for _ in range(2)]
    assert_same(fits[0].fit_labeled(X, labels), fits[1].fit_labeled(rows, labels))
    labels[labels < 0] = 0
    assert_same(fits[0].fit_labeled(X, labels), fits[1].fit_labeled(rows, labels))


def test_select_reads_a_file(tmp_path):
    X = rows_of()
    options = {"random_state": 0, "n_init": 1, "tol": 1e-2}
    one, other = (select(rows, (1, 3), **options) for rows in (X, _parquet(X, tmp_path)))
    assert one.rows == other.rows


def test_what_an_interrupted_selection_found_is_kept(tmp_path):
    def interrupt(candidate):
        if candidate.n_components == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        select(rows_of(), range(1, 9), progress=interrupt, n_init=1, tol=1e-2, random_state=0)
    found = caught.value.selection
    assert [row.n_components for row in found.rows] == [1, 2]
    assert found.best_estimator.n_components == found.best.n_components


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_a_source_that_fails_or_an_interrupt_ends_a_pass(n_threads, tmp_path):
    X = rows_of()
    set_num_threads(n_threads)
    calls = []

    def failing():
        calls.append(1)
        for i, start in enumerate(range(0, N, 500)):
            if len(calls) == 5 and i == 4:
                raise OSError("the disk is gone")
            yield X[start : start + 500]

    gm = GaussianMixture(K, random_state=0)
    with pytest.raises(OSError, match="the disk is gone"):
        gm.fit(failing)
    assert not hasattr(gm, "means_")
    path = _npy(X, tmp_path)

    def interrupt(state):
        if state.iteration == 2:
            raise KeyboardInterrupt

    gm = GaussianMixture(K, random_state=0, callback=interrupt, tol=0)
    with pytest.raises(KeyboardInterrupt):
        gm.fit(path)
    assert gm.n_iter_ == 2


@pytest.mark.parametrize("what", ["_read", "work"])
def test_an_interrupt_while_threads_are_started_ends_them(what, tmp_path, monkeypatch):
    path, start, interrupted = _npy(rows_of(), tmp_path), threading.Thread.start, []
    set_num_threads(3)

    def start_and_interrupt(thread):
        start(thread)
        if what in thread.name:
            interrupted.append(thread)
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", start_and_interrupt)
    others = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        GaussianMixture(K, init_params="random", random_state=0).fit(path)
    assert len(interrupted) == 1
    interrupted[0].join(10.0)
    assert threading.active_count() == others


@pytest.mark.parametrize("n_threads", [1, 3])
def test_a_chunk_that_fails_wakes_those_who_wait_for_rows(n_threads, tmp_path, monkeypatch):
    from fastgmm.passes import chunked

    X, n_calls = rows_of(), []
    set_num_threads(n_threads)
    real = chunked.kernels.statistics_chunk

    def fail(*arguments):
        n_calls.append(1)
        if len(n_calls) == 4:
            raise MemoryError("no more")
        return real(*arguments)

    monkeypatch.setattr(chunked.kernels, "statistics_chunk", fail)
    with pytest.raises(MemoryError):
        GaussianMixture(K, init_params="random", random_state=0).fit(_npy(X, tmp_path))


def test_it_is_a_source(tmp_path):
    source = StreamedSource(open_rows(_npy(rows_of(), tmp_path)))
    assert isinstance(source, Source)


def test_rows_that_change_their_number_are_refused():
    X, calls = rows_of(), []

    def growing():
        calls.append(1)
        yield X[: N - 5 + len(calls)]

    rows = open_rows(growing)
    assert rows.n_rows == N - 3
    with pytest.raises(ValueError, match="more rows than the 2997 of before"):
        GaussianMixture(random_state=0, init_params="random").fit(rows)
    calls[:] = [0] * 9
    rows = open_rows(growing)
    assert rows.n_rows == N
    calls[:] = []
    with pytest.raises(ValueError, match="gave 2996 rows and then ended; expected 3000"):
        rows.to_array()


def test_streams_and_mini_batches_of_files(tmp_path):
    X = rows_of()
    one, other = (GaussianMixture(K, random_state=0) for _ in range(2))
    for start in range(0, N, 1000):
        np.save(tmp_path / f"{start:04d}.npy", X[start : start + 1000])
        one.partial_fit(X[start : start + 1000])
        other.partial_fit(tmp_path / f"{start:04d}.npy")
    assert_same(one, other)
    assert other.n_samples_seen_ == N
    # Of so few rows mini-batches are iterations of EM; of more each row is in one batch a pass.
    options = {"algorithm": "minibatch", "random_state": 0, "max_iter": 5}
    assert_same(GaussianMixture(K, **options).fit(X), GaussianMixture(K, **options).fit(tmp_path))
    batches = list(StreamedSource(open_rows(tmp_path)).batches(64, np.random.default_rng(0)))
    assert max(batch.n_rows for batch in batches) == 64
    rows = np.concatenate([batch.X for batch in batches])
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(X, axis=0))
    assert not np.array_equal(rows, X)


def test_a_fit_by_mini_batches_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("fastgmm.em.minibatch.FEW_ROWS", 500)
    monkeypatch.setattr("fastgmm.em.minibatch.FEW_ROWS_PER_COMPONENT", 1)
    X = np.random.default_rng(0).permutation(np.tile(rows_of(), (5, 1)))
    gm = GaussianMixture(K, algorithm="minibatch", batch_size=128, random_state=0)
    gm.fit(_npy(X, tmp_path))
    full = GaussianMixture(K, random_state=0, tol=1e-5, max_iter=1000).fit(X)
    assert gm.score(X) > full.score(X) - 2e-3


@pytest.mark.parametrize("init_params", ["kmeans", "random"])
def test_memory_does_not_grow_with_the_rows(init_params, tmp_path, monkeypatch):
    monkeypatch.setattr(partition, "MIN_CHUNK", 2000)
    peaks = []
    for n_rows in (60_000, 240_000):  # more than a start looks at
        np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(n_rows, 2)))
        gm = GaussianMixture(
            3, init_params=init_params, random_state=0, callback=lambda s: s.iteration == 2
        )
        tracemalloc.start()  # NumPy tells it of its arrays
        gm.fit(tmp_path / "x.npy")
        gm.predict(tmp_path / "x.npy", out=tmp_path / "labels.npy")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 90_000  # a byte a row would be 180 kB
