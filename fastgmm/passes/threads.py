"""Threads: an ordered parallel reduction, and one-threaded BLAS for what is between them.

The kernels are ``nogil`` functions over a fixed partition of the rows into chunks; plain
Python threads run them.  Unlike Numba's own threading layers this is safe when several
Python threads call at once (the workqueue layer aborts the process) and in a child forked
after a fit (GNU OpenMP aborts it), and it needs no second compilation of the kernel.
Results are merged in the order of the chunks, whoever computed them, so that a fit is
bitwise the same for any number of threads.
"""

from __future__ import annotations

import os
import threading
from contextlib import ContextDecorator, contextmanager

from numba import config
from threadpoolctl import ThreadpoolController

_n_threads = None
_own = threading.local()  # of a thread that has been given a share


def get_num_threads() -> int:
    """Return the number of threads that fits and predictions use.

    Returns
    -------
    int
        What `set_num_threads` set; else the least of ``NUMBA_NUM_THREADS`` and the number
        of processors that this process may use.

    Examples
    --------
    >>> from fastgmm import get_num_threads
    >>> get_num_threads() >= 1
    True
    """
    own = getattr(_own, "n_threads", None)
    if own is not None:
        return own
    if _n_threads is not None:
        return _n_threads
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    return max(1, min(config.NUMBA_NUM_THREADS, available))


def set_num_threads(n_threads: int | None) -> None:
    """Set the number of threads that fits and predictions use in this process.

    The number changes how long a fit takes, never its result: that is bitwise the same.

    Parameters
    ----------
    n_threads : int or None
        At least 1; None goes back to the default (see `get_num_threads`).

    Raises
    ------
    ValueError
        If `n_threads` is not a positive integer or None.

    Examples
    --------
    >>> from fastgmm import get_num_threads, set_num_threads
    >>> set_num_threads(1)
    >>> get_num_threads()
    1
    >>> set_num_threads(None)
    """
    global _n_threads
    if n_threads is not None and (not isinstance(n_threads, int) or n_threads < 1):
        raise ValueError(f"n_threads must be a positive int or None, got {n_threads!r}")
    _n_threads = n_threads


@contextmanager
def at_most(n_threads):
    """Have what the calling thread starts within use no more than so many threads.

    For one that is itself among several: of a pool, say, that works for all of them.
    """
    before = getattr(_own, "n_threads", None)
    _own.n_threads = min(n_threads, get_num_threads())
    try:
        yield
    finally:
        _own.n_threads = before


def ordered_reduce(task, n_tasks, merge, most_unmerged=None, failed=None):
    """Run ``task(0) ... task(n_tasks - 1)`` on threads; ``merge`` the results in that order.

    At most two results a thread are in work or wait to be merged, so the memory does not grow with
    `n_tasks`; of large results no more than `most_unmerged`, but one a thread. The calling
    thread works too. The first exception, of a task or a
    KeyboardInterrupt, stops the others after the task they are in and is raised again; `failed` is
    called then, so that a task that waits for something can end.
    """
    n_threads = max(1, min(get_num_threads(), n_tasks)) if n_tasks > 1 else 1
    if n_threads == 1:
        _reduce_alone(task, n_tasks, merge)
        return
    window = 2 * n_threads
    if most_unmerged is not None:
        window = max(n_threads, min(window, most_unmerged))
    state = _Reduction(n_tasks, window, failed)
    helpers = [
        threading.Thread(target=state.work, args=(task, merge), daemon=True)
        for _ in range(n_threads - 1)
    ]
    try:
        for helper in helpers:
            helper.start()
        state.work(task, merge)
    except BaseException as error:  # an interrupt that came between two tasks
        state.fail(_interrupt_in(error) or error)
    finally:
        for helper in helpers:
            if helper.is_alive():  # the interrupt may have come before it was started
                helper.join()
    if state.error is not None:
        raise state.error


def _reduce_alone(task, n_tasks, merge):
    try:
        for i in range(n_tasks):
            merge(task(i))
    except BaseException as error:
        interrupt = _interrupt_in(error)
        if interrupt is None or interrupt is error:
            raise
        raise interrupt from None


class _Reduction:
    """The shared state of one `ordered_reduce`: what is next, what waits, what is merged."""

    def __init__(self, n_tasks, window, failed):
        self.changed = threading.Condition()
        self.n_tasks, self.window = n_tasks, window
        self.next_task = self.n_merged = 0
        self.waiting = {}
        self.error, self.failed = None, failed

    def work(self, task, merge):
        while (i := self._take()) is not None:
            try:
                self._deliver(i, task(i), merge)
            except BaseException as error:
                self.fail(_interrupt_in(error) or error)

    def _take(self):
        with self.changed:
            while True:
                if self.error is not None or self.next_task == self.n_tasks:
                    return None
                if self.next_task - self.n_merged < self.window:
                    break
                self.changed.wait()
            self.next_task += 1
            return self.next_task - 1

    def _deliver(self, i, result, merge):
        with self.changed:
            self.waiting[i] = result
            while self.n_merged in self.waiting:
                merge(self.waiting.pop(self.n_merged))
                self.n_merged += 1
            self.changed.notify_all()

    def fail(self, error):
        with self.changed:
            self.error = self.error or error
            self.changed.notify_all()
        if self.failed is not None:
            self.failed()


def _interrupt_in(error):
    """Return the KeyboardInterrupt that a SystemError of compiled code hides, or None.

    Where Ctrl-C comes while Numba takes arguments apart, what it raises is a SystemError.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


class _BlasGuard:
    """How many reductions are running, and the BLAS limit to lift after the last of them."""

    def __init__(self):
        self.lock = threading.Lock()
        self.n_users = 0
        self.limiter = None
        self.controller = None
        self.pid = os.getpid()

    def enter(self):
        with self.lock:
            if self.n_users == 0:
                if self.controller is None:
                    # Numba's np.dot calls SciPy's BLAS: it must be loaded to be found.
                    import scipy.linalg.cython_blas  # noqa: F401

                    self.controller = ThreadpoolController()
                self.limiter = self.controller.limit(limits=1, user_api="blas")
            self.n_users += 1

    def leave(self):
        with self.lock:
            self.n_users -= 1
            if self.n_users == 0:
                self.restore()

    def restore(self):
        """Lift the limit, in whichever thread.

        threadpoolctl lets one thread alone set OpenBLAS's limits, until it ends. Who leaves last
        may be another than who came first; and a thread of OpenMP's never ends, to Python.
        """
        self._let_any_thread()
        self.limiter.restore_original_limits()
        self._let_any_thread()

    def _let_any_thread(self):
        for library in self.controller.lib_controllers:
            clear = getattr(type(library), "clear_controlling_thread", None)  # since version 3.7
            if clear is not None:
                clear(force=True)


_guard = _BlasGuard()


class single_threaded_blas(ContextDecorator):
    """Hold BLAS to one thread while any thread of this process is inside.

    Nested thread pools collapse (a hundred times slower), and a product that BLAS splits
    over threads is not bitwise reproducible. The limit is the process's, so it is counted:
    with one limiter each, the first of two overlapping fits to end would lift it for both.
    """

    def _recreate_cm(self):  # what is decorated may call itself
        return type(self)()

    def __enter__(self):
        global _guard
        if _guard.pid != os.getpid():  # a forked child: no thread of the parent's lives here
            if _guard.n_users:
                _guard.restore()
            _guard = _BlasGuard()
        self.guard = _guard
        self.guard.enter()

    def __exit__(self, *_):
        self.guard.leave()
