"""What a model says of the rows of a DataFrame is what it says of an array."""

import numpy as np
import pytest

pytest.importorskip("pyspark")

from common import blobs
from on_spark import NAMES, split

import fastgmm
from fastgmm.spark import predict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]


def fitted(rows, names=NAMES, **how):
    model = fastgmm.GaussianMixture(3, random_state=0, **how).fit(rows)
    if names is not None:
        model.feature_names_in_ = np.array(names, dtype=object)
    return model


def unnamed(model):
    other = fastgmm.GaussianMixture(**model.get_params())
    vars(other).update(vars(model))
    vars(other).pop("feature_names_in_", None)
    return other


@pytest.mark.parametrize("kind", ["double", "float"])
def test_columns_are_what_the_model_finds(frame, rows, kind):
    rows = rows.astype(np.float32 if kind == "float" else np.float64)
    model = fitted(rows)
    df = frame(split(rows, (0, 500, 501)), kind=kind).selectExpr("c", "'x' as s", "b", "a")
    for what in ("component", "probability", "log_density"):
        df = predict(model, df, what)
    assert df.columns == ["c", "s", "b", "a", "component", "probability", "log_density"]
    found, local = df.collect(), unnamed(model)
    assert [row.s for row in found] == ["x"] * len(rows)
    assert np.array_equal([[row.a, row.b, row.c] for row in found], rows)
    assert np.array_equal([row.component for row in found], local.predict(rows))
    assert np.array_equal([row.probability for row in found], local.predict_proba(rows))
    assert np.array_equal([row.log_density for row in found], local.score_samples(rows))


def test_what_is_missing_is_told_of_or_taken(frame, rows):
    rows[1005, 0] = 99.0
    df = frame(split(rows, (1000,))).selectExpr("a", "if(a = 99, null, b) as b", "c")
    found = predict(fitted(rows), df)
    with pytest.raises(Exception, match="partition 1 of X: row 6, column 'b': expected a finite"):
        found.where("component < 0").collect()
    X = rows.copy()
    X[1005, 1] = np.nan
    model = fitted(X, missing="allow")
    assert np.array_equal(
        [row.component for row in predict(model, df).collect()], unnamed(model).predict(X)
    )


def test_features_without_names_are_given(frame, rows):
    model, df = fitted(rows, None), frame([rows])
    with pytest.raises(ValueError, match="was fitted without names of features: give columns"):
        predict(model, df)
    with pytest.raises(ValueError, match="columns has 2 features, but means_ 3"):
        predict(model, df, columns=["a", "b"])
    found = predict(model, df, columns=NAMES).collect()
    assert np.array_equal([row.component for row in found], model.predict(rows))
    with pytest.raises(ValueError, match="columns must be those of the fit, a, b, c: leave it out"):
        predict(fitted(rows), df, columns=["b", "a", "c"])


def test_what_cannot_be_is_refused_before_anything_is_run(frame, rows):
    df = frame([blobs(10)])
    with pytest.raises(ValueError, match="what must be one of component, probability, log_density"):
        predict(fitted(rows), df, "labels")
    with pytest.raises(ValueError, match="df has no column 'a'"):
        predict(fitted(rows), df.drop("a"))
    with pytest.raises(ValueError, match="df has a column 'component' already"):
        predict(fitted(rows), predict(fitted(rows), df))
    with pytest.raises(TypeError, match="model must be a mixture of fastgmm, got a dict"):
        predict({}, df)
    with pytest.raises(TypeError, match="df must be a DataFrame of Spark's"):
        predict(fitted(rows), rows)
    with pytest.raises(ValueError, match="is not fitted yet"):
        predict(fastgmm.GaussianMixture(), df)
