"""One cluster for all tests of the folder: 2 worker processes of 2 threads."""

import tempfile

import distributed
import numpy as np
import pytest
from common import blobs

import fastgmm


@pytest.fixture(scope="session")
def cluster():
    for dtype in (np.float64, np.float32):  # workers find compiled code on disk
        fastgmm.GaussianMixture(2).fit(blobs(500, 3, dtype=dtype))
    with (
        tempfile.TemporaryDirectory() as folder,
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            dashboard_address=":0",
            local_directory=folder,
            memory_limit=None,
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster):
    """A client that nobody takes for the current one."""
    with distributed.Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


@pytest.fixture
def rows():
    return blobs(5000, 3, seed=3, spread=2.5)


@pytest.fixture
def weights():
    return np.random.default_rng(3).exponential(size=5000)
