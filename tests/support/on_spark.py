"""Spark on this machine: a session, and DataFrames of arrays.

``python on_spark.py N FILE MODEL`` fits what is in a file by N threads, and saves the model.
"""

import os
import sys

import numpy as np

NAMES = ["a", "b", "c"]
HOW = {"n_components": 3, "random_state": 0, "tol": 0.0, "max_iter": 4}


def session(n_threads, connect=False):
    """Return a session of this process with so many threads for tasks, or one of Connect."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    folder = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(folder))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [root, folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    builder, master = SparkSession.builder, f"local[{n_threads}]"
    builder = builder.remote(master) if connect else builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    if not connect:
        found.sparkContext.setLogLevel("OFF")
    return found


class Rows:
    """Gives each partition its rows, whose number is in the record batches."""

    def __init__(self, parts, weights, dtype):
        self.parts, self.weights, self.dtype = parts, weights, dtype

    def __call__(self, batches):
        import pyarrow as pa

        for batch in batches:
            for i in batch.column(0).to_pylist():
                X = self.parts[i].astype(self.dtype)
                arrays = [pa.array(X[:, j]) for j in range(X.shape[1])]
                names = NAMES[: X.shape[1]]
                if self.weights is not None:
                    arrays, names = [*arrays, pa.array(self.weights[i])], [*names, "w"]
                yield pa.RecordBatch.from_arrays(arrays, names=names)


def drawn(batches):
    """Give 100 rows for each number, other ones each time."""
    import pyarrow as pa

    for batch in batches:
        for _ in range(batch.num_rows):
            X = np.random.default_rng().normal(size=(2, 100))
            yield pa.RecordBatch.from_arrays([pa.array(x) for x in X], names=NAMES[:2])


def frame_of(spark, parts, weights=None, kind="double"):
    """Return a DataFrame of arrays (n, D), one a partition, with weights (n,) as column w."""
    dtype = np.float32 if kind == "float" else np.float64
    names = NAMES[: parts[0].shape[1]]
    schema = [f"{name} {kind}" for name in names] + ["w double"] * (weights is not None)
    numbers = spark.range(0, len(parts), 1, len(parts))
    return numbers.mapInArrow(Rows(parts, weights, dtype), ", ".join(schema))


def split(array, ends):
    """Return an array in parts that end at these rows."""
    return np.split(array, ends)


if __name__ == "__main__":
    n_threads, file, model = sys.argv[1:]
    from fastgmm.spark import fit

    with np.load(file) as stored:
        parts = split(stored["X"], stored["ends"])
        weights = split(stored["w"], stored["ends"])
    spark = session(int(n_threads))
    df = frame_of(spark, parts, weights)
    fit(df, NAMES, weight="w", **HOW).save(model)
    spark.stop()
