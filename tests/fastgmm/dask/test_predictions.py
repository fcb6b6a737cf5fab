"""Predictions are dask arrays of which nothing is computed yet; scores are numbers."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import assert_same_model

import fastgmm
from fastgmm.dask import GaussianMixture

METHODS = ("predict", "predict_proba", "score_samples", "log_joint")
NAMES = ["length", "width", "mass"]


@pytest.fixture
def frame(rows):
    return pd.DataFrame(rows, columns=NAMES)


@pytest.fixture
def model(rows):
    return GaussianMixture(3, random_state=0).fit(rows)  # locally: it is an array


def local_results(model, rows):
    return {name: getattr(model.to_local(), name)(rows) for name in METHODS}


def assert_found(found, expected, method):
    assert isinstance(found, da.Array)
    computed = found.compute()
    assert found.dtype == computed.dtype == expected.dtype
    assert found._meta.dtype == expected.dtype
    assert found.ndim == computed.ndim == expected.ndim
    assert found.shape[1:] == expected.shape[1:]
    assert computed.shape == expected.shape
    tol = 1e-10 if expected.dtype == np.float64 else 1e-4
    np.testing.assert_allclose(computed, expected, rtol=tol, atol=tol, err_msg=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays(rows, method, dtype):
    rows = rows.astype(dtype)
    model = GaussianMixture(3, random_state=0).fit(rows)
    expected = getattr(model.to_local(), method)(rows)
    X = da.from_array(rows, chunks=((2000, 0, 2999, 1), (2, 1)))
    found = getattr(model, method)(X)
    assert found.chunks[0] == X.chunks[0]
    assert_found(found, expected, method)
    unknown = X[X[:, 0] > -np.inf]
    found = getattr(model, method)(unknown)
    assert np.isnan(found.chunks[0]).all()
    assert_found(found, expected, method)


@pytest.mark.parametrize("method", METHODS)
def test_data_frames_and_lists(frame, rows, method):
    X = dd.from_pandas(frame, npartitions=3)
    model = GaussianMixture(3, random_state=0).fit(X)
    assert model.feature_names_in_.tolist() == NAMES
    expected = getattr(model.to_local(), method)(frame)
    found = getattr(model, method)(X)
    assert np.isnan(found.chunks[0]).all()
    assert_found(found, expected, method)
    in_other_order = X.assign(more=1.0)[["more", *NAMES[::-1]]]
    assert_found(getattr(model, method)(in_other_order), expected, method)
    blocks = [dask.delayed(frame.iloc)[:1000], dask.delayed(frame.iloc)[1000:]]
    assert_found(getattr(model, method)(blocks), expected, method)
    tables = [dask.delayed(pa.Table.from_pandas)(frame)]
    assert_found(getattr(model, method)(tables), expected, method)
    with pytest.raises(ValueError, match="X must have the columns of the fit: there is no mass"):
        getattr(model, method)(X[NAMES[:2]])


def test_nothing_is_computed_before_it_is_asked_for(rows, model):
    def never(*args, **kwargs):
        raise AssertionError

    X = da.from_array(rows, chunks=(1000, -1))
    with dask.config.set(scheduler=never):
        for method in METHODS:
            getattr(model, method)(X)
            getattr(model, method)(X.to_dask_dataframe(columns=NAMES))


def test_on_a_cluster(client, rows, model):
    X = client.persist(da.from_array(rows, chunks=(1000, -1)))
    for method, expected in local_results(model, rows).items():
        found = getattr(model, method)(X)
        computed = client.compute(found).result()
        np.testing.assert_allclose(computed, expected, rtol=1e-10, atol=1e-10)


def test_what_is_in_memory_is_predicted_here(rows, model):
    for method, expected in local_results(model, rows).items():
        assert np.array_equal(getattr(model, method)(rows), expected)
    assert np.array_equal(model.fit_predict(rows), model.predict(rows))


def test_fit_predict(rows, weights):
    X, w = da.from_array(rows, chunks=(1000, -1)), da.from_array(weights, chunks=1000)
    model = GaussianMixture(3, random_state=0)
    labels = model.fit_predict(X, sample_weight=w)
    assert isinstance(labels, da.Array)
    local = fastgmm.GaussianMixture(3, random_state=0)
    assert np.array_equal(labels.compute(), local.fit_predict(rows, sample_weight=weights))


@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_numbers_of_tasks(client, rows, weights, model, weighted):
    local = model.to_local()
    model.set_params(client=client)
    X, w, given = da.from_array(rows, chunks=(900, -1)), None, {}
    if weighted:
        weights[:950] = 0.0
        w, given = da.from_array(weights, chunks=900), {"sample_weight": weights}
    for method in ("score", "bic", "aic", "icl"):
        found = getattr(model, method)(X, sample_weight=w)
        assert isinstance(found, float)
        assert found == pytest.approx(getattr(local, method)(rows, **given), rel=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")  # of dask
def test_parquet_to_the_cluster_to_parquet(client, frame, tmp_path):
    frame["count"] = np.random.default_rng(0).integers(0, 4, len(frame))
    dd.from_pandas(frame, npartitions=6).to_parquet(tmp_path / "in")
    with client.as_current():
        table = dd.read_parquet(tmp_path / "in")
        model = GaussianMixture(3, random_state=0)  # the current client's cluster
        model.fit(table[NAMES], sample_weight=table["count"])
        labels = dd.from_dask_array(model.predict(table[NAMES]), columns="component")
        labels.to_frame().to_parquet(tmp_path / "out")
    local = fastgmm.GaussianMixture(3, random_state=0)
    local.fit(frame[NAMES], sample_weight=frame["count"])
    np.testing.assert_allclose(model.means_, local.means_, rtol=1e-9)
    back = pd.read_parquet(tmp_path / "out")
    assert np.array_equal(back["component"], local.predict(frame[NAMES]))
    streamed = GaussianMixture(3, random_state=0).fit(dd.read_parquet(tmp_path / "in")[NAMES])
    assert streamed.n_features_in_ == 3


@pytest.mark.parametrize("kind", ["sizes", "dtypes", "tables", "futures"])
def test_partitions_of_all_kinds(client, rows, kind):
    how = {"n_components": 3, "random_state": 0, "client": client}
    blocks = [rows[:0], rows[:2000], rows[2000:2001], rows[2001:]]
    if kind == "dtypes":
        rows = rows.astype(np.float32).astype(np.float64)
        blocks = [rows[:2000].astype(np.float32), rows[2000:]]
    elif kind == "tables":
        names = list("abc")
        blocks = [pd.DataFrame(b, columns=names) for b in blocks]
        blocks[3] = pa.Table.from_pandas(blocks[3])
    if kind == "futures":
        X = client.scatter(blocks)
    else:
        X = [dask.delayed(block) for block in blocks]
    model = GaussianMixture(**how).fit(X)
    vars(model).pop("feature_names_in_", None)
    bounds = (0, 2000, 5000) if kind == "dtypes" else (0, 2000, 2001, 5000)
    whole = da.from_array(rows, chunks=(tuple(np.diff(bounds).tolist()), -1))
    assert_same_model(model, GaussianMixture(**how).fit(whole))
    if kind == "sizes":
        unknown = whole[whole[:, 0] > -np.inf]
        assert np.isnan(unknown.shape[0])
        assert_same_model(model, GaussianMixture(**how).fit(unknown))


def test_not_fitted_and_other_features(rows):
    X = da.from_array(rows, chunks=(1000, -1))
    with pytest.raises(ValueError, match="not fitted"):
        GaussianMixture().predict(X)
    model = GaussianMixture().fit(X)
    for method in METHODS:
        with pytest.raises(ValueError, match="X has 2 features, but means_ 3"):
            getattr(model, method)(X[:, :2])
    with pytest.raises(ValueError, match="out is for rows in memory"):
        model.predict(X, out="labels.npy")
