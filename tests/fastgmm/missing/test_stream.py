"""Rows with missing values that are read in each pass: what an array of them gives."""

import numpy as np
import pytest

from fastgmm import GaussianMixture, open_rows, set_num_threads
from fastgmm.missing import MissingSource, MissingStream
from fastgmm.passes import some_rows
from fastgmm.passes.source import Source
from fastgmm.passes.streams import read_ahead
from fastgmm.rows import table

K, D, N = 3, 5, 2000


@pytest.fixture(autouse=True)
def streamed(monkeypatch):
    """Keep nothing in memory, and have several parts."""
    monkeypatch.setattr(table, "CACHE_BYTES", 0)
    monkeypatch.setattr(read_ahead, "BLOCK_BYTES", 250 * 8 * D)
    monkeypatch.setattr(some_rows, "SCAN_ROWS", 300)
    monkeypatch.setattr(some_rows, "MOST_ROWS", 300)
    yield
    set_num_threads(None)


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)) + 6.0 * rng.integers(0, K, N)[:, np.newaxis]
    X[rng.random(X.shape) < 0.15] = np.nan
    X[7] = np.nan
    return X


def _fits(X, tmp_path, **options):
    np.save(tmp_path / "x.npy", X)
    options = {"n_components": K, "random_state": 0, "missing": "allow", "max_iter": 200} | options
    weights = options.pop("weights", None)
    models = [GaussianMixture(**options) for _ in range(2)]
    for model, rows in zip(models, (X, tmp_path / "x.npy"), strict=True):
        model.fit(rows, sample_weight=weights)
    return models


def assert_close(one, other):
    for name in ("weights_", "means_", "covariances_"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(other.lower_bounds_[-1], one.lower_bounds_[-1], rtol=1e-9)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_fit_is_that_of_the_array(covariance_type, weighted, X, tmp_path):
    weights = np.random.default_rng(1).integers(0, 3, N).astype(float) if weighted else None
    how = {"covariance_type": covariance_type, "weights": weights, "tol": 1e-9}
    one, other = _fits(X, tmp_path, **how)
    assert_close(one, other)
    path = tmp_path / "x.npy"
    np.testing.assert_allclose(other.predict_proba(path), one.predict_proba(X), atol=1e-7)
    np.testing.assert_allclose(
        other.score_samples(path), one.score_samples(X), rtol=1e-7, atol=1e-9
    )
    np.testing.assert_array_equal(other.predict(path), one.predict(X))
    for method in ("score", "bic", "icl"):
        assert getattr(other, method)(path) == pytest.approx(getattr(one, method)(X), rel=1e-9)
    np.testing.assert_allclose(other.log_joint(path), one.log_joint(X), rtol=1e-7, atol=1e-9)
    out = other.predict(path, out=tmp_path / "labels.npy")
    np.testing.assert_array_equal(np.load(out), one.predict(X))


def test_statistics_are_those_of_one_source(X, tmp_path):
    np.save(tmp_path / "x.npy", X + 1e8)
    gm, _ = _fits(X + 1e8, tmp_path)
    whole = MissingSource(X + 1e8)
    stream = MissingStream(open_rows(tmp_path / "x.npy", allow_missing=True))
    assert isinstance(stream, Source)
    for mode in ("soft", "hard"):
        a, b = (s.statistics(gm.mixture_, "full", mode=mode) for s in (whole, stream))
        for name in ("nk", "first", "second", "shift"):
            np.testing.assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-9, atol=1e-6)
        assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-12)
    worst = stream.worst_rows(gm.mixture_, "full", 3)
    np.testing.assert_allclose(worst, whole.worst_rows(gm.mixture_, "full", 3), rtol=1e-12)
    assert stream.labels_alike("full", (gm.mixture_, gm.mixture_))
    np.testing.assert_array_equal(stream.known, whole.known)


def test_any_number_of_threads(X, tmp_path):
    found = []
    for n_threads in (1, 2, 3):
        set_num_threads(n_threads)
        found.append(_fits(X, tmp_path, max_iter=8, tol=1e-1)[1])
    for other in found[1:]:
        np.testing.assert_array_equal(other.means_, found[0].means_)


def test_where_no_value_is_missing_it_is_the_ordinary_fit(X, tmp_path):
    complete = np.nan_to_num(X, nan=1.0)
    one, other = _fits(complete, tmp_path)
    np.testing.assert_array_equal(other.means_, one.means_)
    assert other.lower_bounds_ == one.lower_bounds_


def test_labels_and_streams_and_mini_batches(X, tmp_path):
    labels = np.random.default_rng(0).integers(-1, K, N)
    np.save(tmp_path / "x.npy", X)
    models = [GaussianMixture(K, missing="allow", random_state=0, tol=1e-6) for _ in range(2)]
    for model, rows in zip(models, (X, tmp_path / "x.npy"), strict=True):
        model.fit_labeled(rows, labels)
    assert_close(*models)
    for model, rows in zip(models, (X, tmp_path / "x.npy"), strict=True):
        model.partial_fit(rows)
    assert_close(*models)
    assert_close(*_fits(X, tmp_path, algorithm="minibatch", tol=1e-6))
    with pytest.raises(TypeError, match="X must be rows in memory"):
        models[1].impute(tmp_path / "x.npy")


def test_a_feature_that_nobody_knows_is_refused(X, tmp_path):
    X[:, 2] = np.nan
    np.save(tmp_path / "x.npy", X)
    with pytest.raises(ValueError, match=r"no value of the features \[2\] in any row"):
        GaussianMixture(K, missing="allow").fit(tmp_path / "x.npy")
