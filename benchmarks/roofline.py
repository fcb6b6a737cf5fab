"""The limits of the machine, the roofline of a grid point, and where an iteration's time goes.

``python -m benchmarks.roofline [--store] [N,D,K,COVARIANCE[,DTYPE] ...]``

The limits: the best rate of matrix products (by NumPy's BLAS, the best of its kernels that
the processor runs), the bandwidth of main memory (a triad), and the rate of exponentials
(fastgmm's own, branch-free, from the first-level cache). From them follows the least time of
an iteration: its products at the peak rate, or its rows read at full bandwidth, whichever
takes longer, and its exponentials.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time

import numba
import numpy as np
from threadpoolctl import threadpool_limits

from . import common, results

_PRODUCTS = """
import json, sys, time
import numpy as np
from threadpoolctl import threadpool_limits
size, seconds = 1536, float(sys.argv[1])
rates = {}
for dtype in ("float64", "float32"):
    a = np.random.default_rng(0).random((size, size)).astype(dtype)
    out = np.empty_like(a)
    for threads in map(int, sys.argv[2:]):
        with threadpool_limits(threads):
            np.dot(a, a, out)
            best, end = 1e9, time.perf_counter() + seconds
            while time.perf_counter() < end:
                begin = time.perf_counter()
                np.dot(a, a, out)
                best = min(best, time.perf_counter() - begin)
        rates[f"{dtype} {threads}"] = 2.0 * size**3 / best / 1e9
print(json.dumps(rates))
"""


@numba.njit(nogil=True)
def _triad(a, b, c):
    for i in range(a.size):
        a[i] = b[i] + 3.0 * c[i]


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
def _exponentials(x, out, rounds):
    from_here = 0.0
    for r in range(rounds):
        for i in range(x.size):
            out[i] = _exp(x[i] - r)
        from_here += out[0]
    return from_here


def _exp(x):
    raise NotImplementedError  # replaced below by the kernels' own


def products(threads, seconds):
    """Return GFLOP/s of matrix products, ``{"float64 1": ...}``: the best BLAS kernels' rates."""
    best = {}
    for kernels in (None, "Haswell", "SkylakeX", "Cooperlake"):
        environment = dict(os.environ)
        if kernels:
            environment["OPENBLAS_CORETYPE"] = kernels
        out = subprocess.run(
            [sys.executable, "-c", _PRODUCTS, str(seconds), *map(str, threads)],
            env=environment,
            capture_output=True,
            text=True,
        )
        if out.returncode == 0:  # else the processor lacks an instruction of those kernels
            for key, rate in json.loads(out.stdout).items():
                best[key] = max(best.get(key, 0.0), rate)
    return best


def _on_threads(n, task):
    workers = [threading.Thread(target=task, args=(i,)) for i in range(n)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begin
