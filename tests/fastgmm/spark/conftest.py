"""One session for all tests of the folder: this process, with two threads for tasks."""

import warnings

import numpy as np
import pytest
from common import blobs


@pytest.fixture(scope="session")
def spark():
    from on_spark import session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Spark's own, about the pandas that is installed
        found = session(2)
    yield found
    found.stop()


@pytest.fixture
def rows():
    return blobs(2000, 3, seed=3, spread=2.5)


@pytest.fixture
def weights():
    return np.random.default_rng(3).exponential(size=2000)


@pytest.fixture
def frame(spark):
    """A function that makes a persisted DataFrame of arrays, one a partition."""
    made = []

    def make(parts, weights=None, kind="double"):
        from on_spark import frame_of

        made.append(frame_of(spark, parts, weights, kind).persist())
        return made[-1]

    yield make
    for df in made:
        df.unpersist(blocking=True)
    assert spark.sparkContext._jsc.getPersistentRDDs().size() == 0  # nor is what fits persist
