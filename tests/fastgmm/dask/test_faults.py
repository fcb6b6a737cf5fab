"""What goes wrong on a cluster: workers, schedulers, people at keyboards, values."""

import asyncio
import os
import signal
import tempfile
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import dask
import dask.array as da
import distributed
import numpy as np
import pytest
from common import assert_same_model
from scipy.sparse import csr_matrix

import fastgmm
from fastgmm.dask import GaussianMixture

HOW = {"n_components": 3, "random_state": 0, "tol": 0.0, "max_iter": 8}
pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")


@pytest.fixture
def X(rows):
    return da.from_array(rows, chunks=(1000, -1))


def die_once(path):
    """Abort this process, the first time that it is called with the path."""
    try:
        Path(path).touch(exist_ok=False)
    except FileExistsError:
        return
    os.abort()


def test_a_worker_that_dies_with_its_rows_changes_no_bit(client, X, tmp_path):
    X = client.persist(X)
    expected = GaussianMixture(**HOW, client=client).fit(X)
    deaths = []

    def kill(state):
        if state.iteration == 3:
            worker = sorted(client.scheduler_info(n_workers=-1)["workers"])[0]
            path = str(tmp_path / "died")
            deaths.append(client.submit(die_once, path, workers=[worker], allow_other_workers=True))

    model = GaussianMixture(**HOW, client=client, callback=kill).fit(X)
    assert deaths[0].result(timeout=60) is None  # done, the second time
    assert_same_model(model, expected)


def test_a_worker_that_dies_in_the_middle_of_a_pass_changes_no_bit(client, rows, tmp_path):
    def block(i, folder):
        """Abort at the fifth time that block 2 is computed."""
        if i == 2:
            n = len(list(Path(folder).iterdir()))
            (Path(folder) / str(n)).touch()
            if n == 5:
                os.abort()
        return rows[1000 * i : 1000 * (i + 1)]

    X = [dask.delayed(block)(i, str(tmp_path)) for i in range(5)]
    model = GaussianMixture(**HOW, client=client).fit(X)
    assert len(list(tmp_path.iterdir())) > 6
    assert_same_model(model, GaussianMixture(**HOW).fit(da.from_array(rows, chunks=(1000, -1))))


def test_a_scheduler_that_goes_away_leaves_the_last_finished_iteration(X):
    with tempfile.TemporaryDirectory() as folder:
        cluster = distributed.LocalCluster(
            processes=False, n_workers=1, threads_per_worker=1, dashboard_address=":0",
            local_directory=folder,
        )  # fmt: skip
        client = distributed.Client(cluster, set_as_default=False)

        def close(state):
            if state.iteration == 3:
                cluster.close()

        model = GaussianMixture(**HOW, client=client, callback=close)
        with pytest.raises(ConnectionError, match=r"the Dask scheduler at inproc.* has gone away"):
            model.fit(X)
        client.close()
    assert_same_model(model, GaussianMixture(**HOW | {"max_iter": 3}).fit(X))
    with pytest.raises(ConnectionError, match="has gone away"):
        model.score(X)


def test_a_pass_whose_plan_was_lost_with_its_workers_is_done_anew(client, X, monkeypatch):
    """Under other names: what is known of those before could be of another mixture."""
    run, names = distributed.Client.get, []

    def lost_at_times(self, graph, keys, **how):
        names.append(keys[0][0])
        if len(names) % 3 == 0:
            raise CancelledError
        return run(self, graph, keys, **how)

    monkeypatch.setattr(distributed.Client, "get", lost_at_times)
    model = GaussianMixture(**HOW, client=client).fit(X)
    assert len(set(names)) == len(names) > 8
    assert_same_model(model, GaussianMixture(**HOW).fit(X))

    def always_lost(self, graph, keys, **how):
        raise CancelledError

    monkeypatch.setattr(distributed.Client, "get", always_lost)
    with pytest.raises(CancelledError):
        model.score(X)


@pytest.fixture
def ctrl_c():
    """Have Ctrl-C interrupt, also where a shell has started pytest in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_leaves_the_last_finished_iteration(client, X):
    def interrupt():
        time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    def start(state):
        if state.iteration == 2:
            threading.Thread(target=interrupt).start()

    model = GaussianMixture(**HOW | {"max_iter": 100_000}, client=client, callback=start)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert model.n_iter_ >= 2
    how = HOW | {"max_iter": model.n_iter_}
    assert_same_model(model, GaussianMixture(**how).fit(X))
    assert model.score(X) < 0  # the client goes on


def test_an_asynchronous_client_is_refused(cluster, X):
    async def fit():
        address = cluster.scheduler_address
        async with distributed.Client(address, asynchronous=True, set_as_default=False) as client:
            with pytest.raises(TypeError, match=r"client is asynchronous, but fit and score wait"):
                GaussianMixture(client=client).fit(X)

    asyncio.run(fit())


def test_a_client_of_something_else_is_refused(X):
    with pytest.raises(TypeError, match=r"client must be a distributed\.Client or None, got a str"):
        GaussianMixture(client="tcp://127.0.0.1:8786").fit(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_found_where_they_are(client, rows, bad):
    rows[2003, 1] = bad
    X = da.from_array(rows, chunks=(1000, -1))
    message = rf"partition 2 of X: row 4, column 2: expected a finite number, got {bad}; remove"
    with pytest.raises(ValueError, match=message):
        GaussianMixture(client=client).fit(X)
    model = GaussianMixture().fit(X[:1000])
    labels = model.predict(X)
    with pytest.raises(ValueError, match=message), dask.config.set(scheduler="threads"):
        labels.compute()
    assert not hasattr(GaussianMixture(), "means_")


def test_weights_are_checked_where_they_are(rows, weights):
    X = da.from_array(rows, chunks=(1000, -1))
    weights[3001] = -1.0
    w = da.from_array(weights, chunks=1000)
    with pytest.raises(ValueError, match="partition 3 of X: row 2: expected a finite non-negative"):
        GaussianMixture().fit(X, sample_weight=w)
    with pytest.raises(ValueError, match="sample_weight must have a positive entry"):
        GaussianMixture().fit(X, sample_weight=da.zeros(5000, chunks=1000))
    with pytest.raises(ValueError, match="largest entry between"):
        GaussianMixture().fit(X, sample_weight=da.full(5000, 1e300, chunks=1000))
    with pytest.raises(TypeError, match=r"sample_weight must be a collection of Dask's as X is"):
        GaussianMixture().fit(X, sample_weight=weights)
    with pytest.raises(TypeError, match="but X is in memory"):
        GaussianMixture().fit(rows, sample_weight=w)
    with pytest.raises(ValueError, match="must have the partitions of X, 5, got 4"):
        GaussianMixture().fit(X, sample_weight=da.ones(4000, chunks=1000))
    blocks = [dask.delayed(np.ones)(n) for n in (1000, 1000, 999, 1001, 1000)]
    with pytest.raises(ValueError, match="partition 2 of X: expected sample_weight of the same"):
        GaussianMixture().fit(X, sample_weight=blocks)


def test_partitions_that_do_not_fit_together(rows):
    def fit(*blocks):
        return GaussianMixture().fit([dask.delayed(np.asarray)(block) for block in blocks])

    with pytest.raises(ValueError, match="partition 1 of X: expected columns as in partition 0, 3"):
        fit(rows[:10], rows[10:20, :2])
    with pytest.raises(ValueError, match=r"partition 1 of X: expected a 2-D array"):
        fit(rows[:10], rows[0])
    with pytest.raises(ValueError, match="partition 0 of X: expected numbers, got objects"):
        fit(rows[:10].astype(object))
    with pytest.raises(ValueError, match="partition 0 of X: expected real numbers, got complex128"):
        fit(rows[:10] * 1j)
    with pytest.raises(ValueError, match="partition 0 of X: expected an array, a data frame or a"):
        GaussianMixture().fit([dask.delayed(csr_matrix)(rows[:10])])
    with pytest.raises(ValueError, match="0 sample"):
        fit(rows[:0], rows[:0])
    with pytest.raises(ValueError, match="has no columns"):
        fit(rows[:, :0])
    with pytest.raises(ValueError, match="n_samples >= n_components"):
        GaussianMixture(20).fit([dask.delayed(np.asarray)(rows[:3]) for _ in range(3)])


def test_what_is_no_table_is_refused():
    for X in (da.ones(5), da.ones((5, 5, 5))):
        with pytest.raises(ValueError, match="X: expected a 2-D array"):
            GaussianMixture().fit(X)
    with pytest.raises(TypeError, match="X must be a dask array, a dask data frame or a list"):
        GaussianMixture().fit(dask.delayed(np.ones)((5, 5)))
    with pytest.raises(TypeError, match="fit_labeled takes rows in memory"):
        GaussianMixture().fit_labeled(da.ones((5, 2)), np.zeros(5, int))


def test_rows_that_come_out_otherwise_each_time_are_refused(tmp_path):
    def block():
        n = len(list(tmp_path.iterdir()))
        (tmp_path / str(n)).touch()
        return np.random.default_rng(0).normal(size=(100 + n, 2))

    with pytest.raises(ValueError, match=r"expected 100 rows as before, got 101.*persist X"):
        GaussianMixture().fit([dask.delayed(block, pure=False)()])


def test_values_too_large_are_refused(X):
    with pytest.raises(ValueError, match="values too large for sums of squares"):
        GaussianMixture(2, random_state=0).fit(X * 1e200)


def test_a_fit_that_fails_at_once_leaves_what_there_was(X, rows):
    model = GaussianMixture(**HOW).fit(X)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="partition 0 of X"):
        model.fit(da.full((100, 2), np.nan, chunks=50))
    assert vars(model) == before
    assert_same_model(model.to_local(), model)
    assert isinstance(model, fastgmm.GaussianMixture)
