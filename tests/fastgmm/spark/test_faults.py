"""What is refused, in one line, before Spark runs anything or when it has looked at the rows."""

import numpy as np
import pytest

pytest.importorskip("pyspark")

from on_spark import HOW, NAMES, split

from fastgmm.spark import fit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
]


@pytest.mark.parametrize("bad", ["nan", "inf", "null"])
def test_values_that_are_not_finite_are_found_where_they_are(frame, rows, bad):
    rows[1003, 1] = 1e9
    df = frame(split(rows, (700, 1000)))
    value = "null" if bad == "null" else f"double('{bad}')"
    df = df.selectExpr("a", f"if(b = 1e9, {value}, b) as b", "c")
    got = "inf" if bad == "inf" else "nan"
    message = rf"partition 2 of X: row 4, column 'b': expected a finite number, got {got}; remove"
    with pytest.raises(ValueError, match=message):
        fit(df, NAMES, **HOW)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_weights_are_checked_where_they_are(frame, rows, weights, bad):
    weights[1001] = bad
    df = frame(split(rows, (1000,)), split(weights, (1000,)))
    with pytest.raises(ValueError, match="partition 1 of X: row 2: expected a finite non-negative"):
        fit(df, NAMES, weight="w", **HOW)


def test_rows_too_few_and_weights_of_zero(frame, rows):
    df = frame([rows[:2], rows[:0]], [np.zeros(2), np.zeros(0)])
    with pytest.raises(ValueError, match="n_samples >= n_components but got n_components = 3, n"):
        fit(df, NAMES, **HOW)
    with pytest.raises(ValueError, match="sample_weight must have a positive entry"):
        fit(df, NAMES, weight="w", **HOW)
    with pytest.raises(ValueError, match=r"SparkRows\(2 partitions: 0 rows, 0 features\) with 0"):
        fit(df.where("a > 1e9"), NAMES, **HOW)


def test_values_too_large_are_refused(frame, rows):
    df = frame(split(rows * 1e200, (1000,)))
    with pytest.raises(ValueError, match="values too large for sums of squares"):
        fit(df, NAMES, **HOW)


def test_parameters_are_checked_at_the_door(spark):
    df = spark.range(5).selectExpr("raise_error('computed') as a", "id as b")
    df = df.selectExpr("double(a) as a", "b")
    for parameters, message in (
        ({"n_components": 0}, "n_components"),
        ({"covariance_type": "round"}, "covariance_type"),
        ({"missing": "allow"}, 'missing="allow" is for rows in memory'),
        ({"algorithm": "minibatch"}, 'algorithm="minibatch" is for rows in memory or in files'),
    ):
        with pytest.raises(ValueError, match=message):
            fit(df, ["a", "b"], **HOW | parameters)
    with pytest.raises(TypeError, match="unexpected keyword argument 'n_clusters'"):
        fit(df, ["a", "b"], **HOW, n_clusters=3)


def test_columns_are_checked_before_anything_is_run(spark, frame, rows):
    df = spark.range(5).selectExpr(
        "id as a", "string(id) as s", "array(id) as v", "double(raise_error('computed')) as x",
        "id as `t t`",
    )  # fmt: skip
    for columns, message in (
        (["x", "s"], r"column 's' of df: expected numbers, got string$"),
        (["v"], r"column 'v' of df: expected numbers, got array<bigint>; give its items"),
        (["x", "z"], "df has no column 'z'; there are a, s, v, x, t t"),
        (["x", "A"], "df has no column 'A'"),
        (["x", "x"], "columns has 'x' more than once"),
        ([], "columns must have at least one name"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(df, columns, **HOW)
    for columns in ("a", [0, 1]):
        with pytest.raises(TypeError, match="columns must be a list of names"):
            fit(df, columns, **HOW)
    with pytest.raises(ValueError, match="df has 2 columns 'a': rename all but one"):
        fit(df.select("a", "a"), ["a"], **HOW)
    with pytest.raises(ValueError, match="df has no column 'w'"):
        fit(df, ["x"], weight="w", **HOW)
    with pytest.raises(TypeError, match="weight must be the name of a column or None, got array"):
        fit(df, ["x"], weight=np.ones(5), **HOW)
    with pytest.raises(TypeError, match=r"df must be a DataFrame of Spark's, got a numpy\.ndarray"):
        fit(rows, NAMES, **HOW)
    stream = spark.readStream.format("rate").load()
    with pytest.raises(ValueError, match="df is a stream"):
        fit(stream, ["value"], **HOW)


def test_vectors_of_spark_ml_are_refused(frame, rows):
    from pyspark.ml.feature import VectorAssembler

    df = VectorAssembler(inputCols=NAMES, outputCol="features").transform(frame([rows]))
    with pytest.raises(ValueError, match=r"column .features. of df: .*; give its items as columns"):
        fit(df, ["features"], **HOW)
