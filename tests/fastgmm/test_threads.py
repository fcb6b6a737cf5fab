import multiprocessing
import os
import sys
import threading
import time
from contextlib import nullcontext

import numpy as np
import pytest
from common import blobs
from threadpoolctl import threadpool_info

from fastgmm import GaussianMixture, get_num_threads, set_num_threads
from fastgmm.passes.threads import ordered_reduce, single_threaded_blas


def blas_threads():
    return sorted(i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas")


def stop_after(n_iter):
    return lambda state: state.iteration == n_iter


@pytest.mark.parametrize("n_threads", [1, 2, 7])
@pytest.mark.parametrize("n_tasks", [0, 1, 3, 50])
def test_results_are_merged_in_order(n_threads, n_tasks):
    set_num_threads(n_threads)
    merged = []

    def task(i):
        time.sleep(0.002 * (i % 3 == 0))  # let later tasks finish first
        return i

    ordered_reduce(task, n_tasks, merged.append)
    assert merged == list(range(n_tasks))


def test_few_results_wait():
    set_num_threads(4)
    alive, most, lock = set(), [0], threading.Lock()

    def task(i):
        with lock:
            alive.add(i)
            most[0] = max(most[0], len(alive))
        time.sleep(0.05 if i == 0 else 0.0)
        return i

    ordered_reduce(task, 200, alive.discard)
    assert most[0] <= 8


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_in_a_task_comes_out_and_stops_the_rest(n_threads, error):
    set_num_threads(n_threads)
    before = threading.active_count()
    started = []

    def task(i):
        started.append(i)
        if i == 2:
            raise error("boom")
        time.sleep(0.001)

    with pytest.raises(error, match="boom"):
        ordered_reduce(task, 1000, lambda _: None)
    assert len(started) < 100
    assert threading.active_count() == before


def test_blas_is_given_back_by_another_thread_than_took_it():
    GaussianMixture(1).fit(blobs(50))  # loads the BLAS
    before = blas_threads()
    entered, left, done = threading.Event(), threading.Event(), threading.Event()

    def first():
        with single_threaded_blas():
            entered.set()
            left.wait()
        done.set()
        threading.Event().wait(0.1)

    worker = threading.Thread(target=first)
    worker.start()
    entered.wait()
    with single_threaded_blas():
        left.set()
        done.wait()  # who came first has gone, and its thread is still there
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
    worker.join()


def test_blas_is_held_to_one_thread_and_given_back():
    GaussianMixture(1).fit(blobs(50))  # loads the BLAS
    before = blas_threads()
    with single_threaded_blas():
        with single_threaded_blas():
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


def test_overlapping_fits_give_the_blas_back():
    before = blas_threads()
    X = blobs(20000)
    threads = [
        threading.Thread(target=GaussianMixture(3, callback=stop_after(k)).fit, args=(X,))
        for k in (1, 4, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blas_threads() == before


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2"])
def test_number_of_threads_is_checked(bad):
    with pytest.raises(ValueError, match="n_threads must be a positive int"):
        set_num_threads(bad)


def test_number_of_threads_is_what_was_set():
    set_num_threads(3)
    assert get_num_threads() == 3
    set_num_threads(None)
    assert 1 <= get_num_threads() <= (os.cpu_count() or 1)


def fitted(X, covariance_type="full"):
    gm = GaussianMixture(3, covariance_type=covariance_type, random_state=0, tol=1e-6)
    return gm.fit(X)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fit_is_bitwise_the_same_for_any_number_of_threads(covariance_type, dtype):
    X = blobs(300_000, d=3, dtype=dtype)  # enough for several chunks
    results = []
    for n_threads in (1, 2, 5):
        set_num_threads(n_threads)
        gm = GaussianMixture(
            4, covariance_type=covariance_type, random_state=0, callback=stop_after(3)
        ).fit(X)
        results.append([gm.weights_, gm.means_, gm.covariances_, gm.lower_bound_, gm.predict(X)])
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_several_python_threads_may_fit_at_once():
    X = blobs(40_000)
    expected = fitted(X)
    found = [None] * 6

    def work(i):
        found[i] = fitted(X)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for gm in found:
        assert np.array_equal(gm.means_, expected.means_)
        assert np.array_equal(gm.covariances_, expected.covariances_)


def _fit_in_child(X, queue):
    gm = fitted(X)
    queue.put((gm.means_, gm.covariances_, gm.predict(X[:100])))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("during", [False, True])
def test_a_child_forked_after_or_during_a_fit_can_fit(during):
    set_num_threads(2)
    X = blobs(40_000)
    expected = fitted(X)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    # Inside the BLAS limit it is as if another thread were in a pass.
    with single_threaded_blas() if during else nullcontext():
        child = context.Process(target=_fit_in_child, args=(X, queue))
        child.start()
    means, covariances, labels = queue.get(timeout=120)
    child.join(timeout=60)
    assert child.exitcode == 0
    assert np.array_equal(means, expected.means_)
    assert np.array_equal(covariances, expected.covariances_)
    assert np.array_equal(labels, expected.predict(X[:100]))
