"""The estimator among others: parameters, copies, files, what is imported, threads."""

import copy
import inspect
import pickle
import subprocess
import sys

import dask.array as da
import numpy as np
import pytest
import sklearn
from common import assert_same_model
from dask.system import CPU_COUNT

import fastgmm
from fastgmm.dask import GaussianMixture
from fastgmm.dask.partitions import DaskRows
from fastgmm.dask.scheduler import Scheduler
from fastgmm.dask.tasks import share_of_worker
from fastgmm.passes.threads import at_most


@pytest.fixture
def fitted(client, rows):
    X = da.from_array(rows, chunks=(1000, -1))
    return GaussianMixture(2, random_state=0, reg_covar=1e-5, client=client).fit(X)


def test_parameters_are_those_of_the_local_class_and_client(client):
    local = inspect.signature(fastgmm.GaussianMixture).parameters
    own = inspect.signature(GaussianMixture).parameters
    assert [*own] == [*local, "client"]
    assert all(own[name] == local[name] for name in local)
    assert GaussianMixture().get_params() == fastgmm.GaussianMixture().get_params() | {
        "client": None
    }
    model = GaussianMixture(4, tol=1.0).set_params(client=client, tol=0.5)
    assert model.get_params()["client"] is client
    assert (model.n_components, model.tol) == (4, 0.5)
    with pytest.raises(TypeError, match="unexpected keyword argument 'toll'"):
        GaussianMixture(toll=1.0)
    with pytest.raises(ValueError, match="'tol' parameter"):
        GaussianMixture(tol=-1.0).fit(da.ones((5, 2)))


@pytest.mark.parametrize("copied", [
    lambda model: pickle.loads(pickle.dumps(model)),
    copy.deepcopy,
])  # fmt: skip
def test_copies_have_no_client(fitted, copied, rows):
    other = copied(fitted)
    assert other.client is None
    assert fitted.client is not None
    assert_same_model(other, fitted)
    assert other.predict(da.from_array(rows)).compute().shape == (5000,)


def test_a_clone_keeps_the_client(fitted):
    other = sklearn.clone(fitted)
    assert other.client is fitted.client
    assert not hasattr(other, "means_")
    assert other.get_params() == fitted.get_params()
    assert "client" in repr(fitted)


def test_files_have_no_client(fitted, rows, tmp_path):
    fitted.save(tmp_path / "model.npz")
    for cls in (GaussianMixture, fastgmm.GaussianMixture):
        loaded = cls.load(tmp_path / "model.npz")
        assert_same_model(loaded, fitted)
        assert loaded.reg_covar == 1e-5
        assert getattr(loaded, "client", None) is None
    local = fitted.to_local()
    assert type(local) is fastgmm.GaussianMixture
    assert_same_model(local, fitted)
    assert not np.shares_memory(local.means_, fitted.means_)
    assert np.array_equal(local.predict(rows), fitted.predict(rows))
    assert not hasattr(GaussianMixture().to_local(), "means_")
    theirs = fitted.to_sklearn()
    np.testing.assert_allclose(theirs.score(rows), local.score(rows), rtol=1e-12)


def test_a_warm_start_goes_on(rows):
    X = da.from_array(rows, chunks=(1000, -1))
    model = GaussianMixture(3, random_state=0, tol=0.0, max_iter=3, warm_start=True)
    local = fastgmm.GaussianMixture(3, random_state=0, tol=0.0, max_iter=3, warm_start=True)
    for _ in range(2):
        with pytest.warns(sklearn.exceptions.ConvergenceWarning):
            model.fit(X)
        with pytest.warns(sklearn.exceptions.ConvergenceWarning):
            local.fit(rows)
    np.testing.assert_allclose(model.lower_bounds_, local.lower_bounds_, rtol=1e-12)


def test_a_task_has_its_share_of_the_threads_of_its_worker(client):
    def found(n_at_once):
        with share_of_worker(n_at_once), at_most(100):
            return fastgmm.get_num_threads()

    fastgmm.set_num_threads(100)
    n_threads = dict.fromkeys(client.run(fastgmm.set_num_threads, 100))  # of each worker 2 are used
    try:
        for worker in n_threads:
            for n, expected in ((1, 2), (2, 1), (3, 1), (100, 1)):
                assert client.submit(found, n, workers=[worker], pure=False).result() == expected
    finally:
        client.run(fastgmm.set_num_threads, None)


def test_tasks_that_are_more_than_expected_have_one_thread_each():
    fastgmm.set_num_threads(4)
    with share_of_worker(1):
        assert fastgmm.get_num_threads() == 4
        with share_of_worker(1):  # as one in another thread
            assert fastgmm.get_num_threads() == 1
    with share_of_worker(1000):
        assert fastgmm.get_num_threads() == max(1, 4 // CPU_COUNT)  # of which so many tasks run
    assert fastgmm.get_num_threads() == 4


def test_a_worker_with_as_many_partitions_as_threads_uses_one_for_each(client, rows):
    def seen(source, partition, own):
        return fastgmm.get_num_threads()

    for n_partitions, expected in ((2, 2), (4, 1), (5, 1)):  # 2 workers of 2 threads
        X = da.from_array(rows, chunks=(-(-5000 // n_partitions), -1))
        table = DaskRows(X, None, Scheduler(client))
        client.run(fastgmm.set_num_threads, 100)
        try:
            found = table.each(table.table(np.float64), seen)
        finally:
            client.run(fastgmm.set_num_threads, None)
        assert max(found) <= expected
        assert len(found) == n_partitions


def run(program):
    """Return what a new process prints."""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=200, check=False
    )
    return result.stdout.strip() or result.stderr


def test_fastgmm_does_not_import_dask():
    program = "import fastgmm, sys; print({'dask', 'distributed'} & set(sys.modules))"
    assert run(program) == "set()"


def test_without_dask_the_extra_is_named():
    program = """
import sys
sys.modules["distributed"] = None
import fastgmm
try:
    import fastgmm.dask
except ImportError as error:
    print(error)
"""
    assert "pip install 'fastgmm[dask]'" in run(program)
