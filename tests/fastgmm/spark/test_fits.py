"""Fits to DataFrames: the bits depend on the partitions alone, and are those of Dask."""

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

pytest.importorskip("pyspark")

import on_spark
from common import assert_same_model, blobs, random_mixture
from on_spark import HOW, NAMES, drawn, split

import fastgmm
from fastgmm.parted.partitions import added, sums
from fastgmm.parted.rows import merged_in_tree
from fastgmm.parted.source import PartedSource
from fastgmm.passes.source import Source
from fastgmm.passes.sources import ArraySource
from fastgmm.spark import fit
from fastgmm.spark import rows as spark_rows
from fastgmm.spark.rows import SparkRows

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]
ENDS = (700, 700, 701, 1500)


@pytest.fixture
def source(frame):
    """A function that makes the source of a DataFrame of arrays."""
    made = []

    def make(X, w=None, kind="double", ends=ENDS):
        w = None if w is None else split(w, ends)
        df = frame(split(X, ends), w, kind)
        made.append(SparkRows(df, tuple(NAMES[: X.shape[1]]), None if w is None else "w"))
        return PartedSource(made[-1])

    yield make
    for rows in made:
        rows.close()


def test_threads_change_no_bit(frame, rows, weights, tmp_path):
    file, models = tmp_path / "rows.npz", []
    np.savez(file, X=rows, w=weights, ends=np.array(ENDS))
    for n in ("1", "2"):
        path = tmp_path / f"{n}.gmm"
        subprocess.run([sys.executable, on_spark.__file__, n, file, path], check=True)
        models.append(fastgmm.GaussianMixture.load(path))
    df = frame(split(rows, ENDS), split(weights, ENDS))
    models.append(fit(df, NAMES, weight="w", **HOW))
    for model in models:
        assert vars(model).pop("feature_names_in_").tolist() == NAMES
    assert_same_model(*models[:2])
    assert_same_model(*models[1:])


@pytest.mark.parametrize("how", [
    {"covariance_type": "full"},
    {"covariance_type": "tied", "init_params": "k-means++"},
    {"covariance_type": "diag", "init_params": "random"},
    {"covariance_type": "spherical", "assignment": "hard"},
    {"covariance_type": "full", "n_init": 2, "init_params": "random_from_data"},
], ids=lambda how: how["covariance_type"])  # fmt: skip
@pytest.mark.parametrize("kind", ["double", "float"])
def test_a_fit_has_the_bits_of_one_by_dask(frame, rows, weights, how, kind):
    import dask

    from fastgmm.dask import GaussianMixture

    dtype = np.float32 if kind == "float" else np.float64
    parts, w = split(rows.astype(dtype), ENDS), split(weights, ENDS)
    model = fit(frame(parts, w, kind), NAMES, weight="w", **HOW | how)
    assert type(model) is fastgmm.GaussianMixture
    assert model.feature_names_in_.tolist() == NAMES
    assert model.means_.dtype == dtype
    vars(model).pop("feature_names_in_")
    blocks, of_blocks = ([dask.delayed(np.asarray)(a) for a in b] for b in (parts, w))
    other = GaussianMixture(**HOW | how).fit(blocks, sample_weight=of_blocks)
    assert_same_model(model, other)


def test_the_sums_are_those_of_arrays_merged_by_hand(source, rows, monkeypatch):
    """Of 80 partitions tasks merge the first levels of the tree, or 16 of it at the driver."""
    X = rows[:400]
    found = source(X, ends=range(5, 400, 5))
    mixture = random_mixture("full", 3, 3)
    plan = found._plan(mixture, "full", "soft")
    parts = [ArraySource(X[i : i + 5]).add_up(plan, "soft", 0) for i in range(0, 400, 5)]
    expected = merged_in_tree(parts, added)
    for group in (64, 8, 512):
        monkeypatch.setattr(spark_rows, "GROUP", group)
        for a, b in zip(found.add_up(plan, "soft", 0), expected, strict=True):
            assert np.array_equal(a, b)


@pytest.mark.parametrize("kind", ["double", "float"])
def test_a_source_is_what_one_of_an_array_is(source, rows, weights, kind):
    dtype = np.float32 if kind == "float" else np.float64
    rows = rows.astype(dtype)
    weights = np.where(weights < 0.5, 0.0, weights * 2.0**-60)  # far below what float32 sums
    one, other = ArraySource(rows, weights), source(rows, weights, kind)
    assert isinstance(other, Source)
    assert (other.n_rows, other.n_features) == (one.n_rows, one.n_features)
    assert (other.dtype, other.rows_dtype) == (one.dtype, one.rows_dtype)
    assert other.weight == pytest.approx(one.weight, rel=1e-14)
    mixture = random_mixture("full", 3, 3)
    a, b = (s.statistics(mixture, "full") for s in (one, other))
    tol = 1e-11 if dtype == np.float64 else 1e-4
    for x, y in zip(a[:6], b[:6], strict=True):
        np.testing.assert_allclose(x, y, rtol=tol, atol=tol * np.abs(x).max())
    for n in (200, 10_000):
        x, y = (s.subsample(n, np.random.RandomState(0)) for s in (one, other))
        assert np.array_equal(x[0], y[0])
        assert np.array_equal(x[1], y[1])
    assert np.array_equal(one.worst_rows(mixture, "full", 5), other.worst_rows(mixture, "full", 5))
    swapped = mixture.with_(means=mixture.means[::-1])
    for image in (mixture, swapped):
        alike = [s.labels_alike("full", (mixture, image)) for s in (one, other)]
        assert alike[0] == alike[1]
    out = np.full(len(rows), -1)
    other.scores(mixture, "full", {"labels": out})
    assert np.array_equal(out, fastgmm.GaussianMixture.from_mixture(mixture).predict(rows))


def test_integers_booleans_and_decimals_are_numbers(spark):
    df = spark.range(0, 60, 1, 3).selectExpr(
        "id % 7 as `a.b`", "id % 3 = 0 as yes", "cast(id as decimal(10, 2)) / 4 as d",
    )  # fmt: skip
    X = np.array([[i % 7, i % 3 == 0, i / 4] for i in range(60)], np.float64)
    how = {"n_components": 2, "max_iter": 2, "means_init": X[[3, 50]], "random_state": 0}
    model = fit(df, ["a.b", "yes", "d"], **how)
    local = fastgmm.GaussianMixture(**how).fit(X)
    np.testing.assert_allclose(model.covariances_, local.covariances_, rtol=1e-10, atol=1e-12)


def test_rows_that_are_drawn_are_drawn_once(spark):
    """A DataFrame whose rows are others each time has the same ones in all passes of a fit."""
    df = spark.range(0, 5, 1, 3).mapInArrow(drawn, "a double, b double")
    assert df.collect() != df.collect()
    bounds = fit(df, ["a", "b"], n_components=2, random_state=0, tol=0.0, max_iter=8).lower_bounds_
    assert np.all(np.diff(bounds) > -1e-12)


CONNECT = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from on_spark import session
spark = session(2, connect=True)
from fastgmm.spark import fit, predict
from fastgmm.spark.rows import SparkRows
df = spark.range(0, 400, 1, 3).selectExpr("rand() as a", "randn() as b")
rows, index = SparkRows(df, ("a", "b")), np.arange(400)
assert np.array_equal(rows.take(index)[0], rows.take(index)[0])
rows.close()
model = fit(df, ["a", "b"], n_components=2, random_state=0, tol=0.0, max_iter=5)
assert np.all(np.diff(model.lower_bounds_) > -1e-12)
assert predict(model, df).where("component in (0, 1)").count() == 400
spark.stop()
"""


def test_frames_of_connect(spark):
    """Connect makes another plan of ``rand()`` in each pass."""
    pytest.importorskip("grpc")
    env = os.environ | {"SPARK_HOME": ""}
    for name in [name for name in env if name.startswith(("PYSPARK_GATEWAY", "SPARK_HOME"))]:
        del env[name]
    subprocess.run([sys.executable, "-c", CONNECT], check=True, env=env)


def test_fits_at_once_to_one_frame_do_not_share_what_they_keep(spark):
    """Else what the first one lets go of would be computed again, and be other rows."""
    df = spark.range(0, 5, 1, 3).mapInArrow(drawn, "a double, b double")
    one, other = (SparkRows(df, ("a", "b")) for _ in range(2))
    before, index = other.take(np.arange(500))[0], np.arange(500)
    assert not np.array_equal(one.take(index)[0], before)
    one.close()
    assert np.array_equal(other.take(index)[0], before)
    other.close()


def test_the_log_likelihood_is_that_of_spark(frame):
    from pyspark.ml.clustering import GaussianMixture
    from pyspark.ml.feature import VectorAssembler

    X = blobs(1200, 3, seed=1, spread=8.0)
    df = frame(split(X, (400, 900)))
    model = fit(df, NAMES, n_components=3, random_state=0, reg_covar=0.0, tol=1e-10)
    vectors = VectorAssembler(inputCols=NAMES, outputCol="features").transform(df)
    other = GaussianMixture(k=3, seed=1, tol=1e-7, maxIter=60).fit(vectors)
    vars(model).pop("feature_names_in_")
    total = model.score(X) * len(X)
    assert other.summary.logLikelihood == pytest.approx(total, rel=1e-6)
    np.testing.assert_allclose(sorted(other.weights), np.sort(model.weights_), rtol=1e-4)


def test_what_is_found_does_not_grow_with_the_rows(source, rows):
    """A part of each partition is a few sums, whatever its rows."""
    mixture, sizes = random_mixture("full", 3, 3), []
    for X in (rows[:200], rows):
        found = source(X, ends=(100,))
        plan = found._plan(mixture, "full", "soft")
        function = partial(found.rows._found, found._table, sums, (plan, "soft", 0), None)
        sizes.append([len(row["found"]) for row in function(range(2)).collect()])
    assert np.ptp(sizes) < 100
    assert np.max(sizes) < 4000
