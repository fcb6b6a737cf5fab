"""The limits of the machine, the roofline of a grid point, and where an iteration's time goes.

``python -m benchmarks.harness.roofline [--store] [N,D,K,COVARIANCE[,DTYPE] ...]``

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

from fastgmm import make_mixture
from fastgmm.covariances import TYPES
from fastgmm.passes import kernels
from fastgmm.passes.buffers import make_buffers
from fastgmm.passes.partition import block_rows, shapes_of_sums
from fastgmm.passes.sources import ArraySource
from fastgmm.simd.exp_log import exp_nonpositive
from fastgmm.simd.panels import panel_of, panel_rows
from fastgmm.simd.products import add_lower_square, add_products

from . import common, store

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


_jit = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})


@_jit
def _triad(a, b, c):
    for i in range(a.size):
        a[i] = b[i] + 3.0 * c[i]


@_jit
def _exponentials(x, out, rounds):
    for _ in range(rounds):
        for i in range(x.size):
            out[i] = exp_nonpositive(x[i])


def products(threads, seconds):
    """Return GFLOP/s of matrix products, ``{"float64 1": ...}``: the best BLAS kernels' rates."""
    best = {}
    for core in (None, "Haswell", "SkylakeX", "Cooperlake"):
        environment = dict(os.environ)
        if core:
            environment["OPENBLAS_CORETYPE"] = core
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


def bandwidth(n, size=8_000_000):
    """Return GB/s of a triad on n threads: two arrays read, one written (and read for it)."""
    arrays = [[np.ones(size // n) for _ in range(3)] for _ in range(n)]
    _triad(*arrays[0])
    best = min(_on_threads(n, lambda i: _triad(*arrays[i])) for _ in range(20))
    return 4 * 8 * n * arrays[0][0].size / best / 1e9


def exponential_rate(n, rounds=20_000):
    """Return 1e9 exponentials a second of float64 on n threads, from the first-level cache."""
    x = -20.0 * np.random.default_rng(0).random(1024)
    outs = [np.empty_like(x) for _ in range(n)]
    _exponentials(x, outs[0], 1)
    best = min(_on_threads(n, lambda i: _exponentials(x, outs[i], rounds)) for _ in range(5))
    return n * x.size * rounds / best / 1e9


def limits(seconds=1.0):
    """Return the machine's limits: a dict by number of threads."""
    threads = sorted({1, common.N_THREADS})
    rates = products(threads, seconds)
    return {
        str(n): {
            "float64 GFLOP/s": rates[f"float64 {n}"],
            "float32 GFLOP/s": rates[f"float32 {n}"],
            "triad GB/s": bandwidth(n),
            "exp G/s": exponential_rate(n),
        }
        for n in threads
    }


def least_time(shape, limit):
    """Return the seconds that an iteration must take by a machine's limits, by what takes them."""
    n, d, k, covariance_type, dtype = shape
    work = common.least_work(n, d, k, covariance_type)
    size = np.dtype(dtype).itemsize
    return {
        "products": work / limit[f"{dtype} GFLOP/s"] / 1e9,
        "rows": n * d * size / limit["triad GB/s"] / 1e9,
        "exponentials": n * k / limit["exp G/s"] / 1e9 * size / 8,
    }


PHASES = ("rows", "building", "density", "exp", "statistics", "rest")


@_jit
def _phases(X, none, plan, buffers, upto, sums, moved, seconds):
    """Run the first phases, `upto` of them, of a pass over all rows: see `statistics_chunk`."""
    k, d = plan.shift.shape
    phi, joint, side, needed = buffers.phi, buffers.joint, buffers.side, buffers.needed
    n_features = 1 + d + (plan.n_quadratic if plan.second else 0)
    weight_row, zero = np.int64(kernels.WEIGHT), np.int64(0)
    bound = kernels.BOUND if kernels.may_prune(plan, plan.local) else 0.0
    step = phi.shape[0] * panel_of(phi)
    n_deferred = zero
    for row in range(0, X.shape[0], step):
        n = min(step, X.shape[0] - row)
        used = kernels.load_rows(X, row, n, plan.centre, plan.inv_scale, plan.far, phi)
        kernels.load_weights(none, row, n, used, side)
        if upto > 1 and plan.expand:
            kernels.add_monomials(plan.kind, d, phi, used)
        for p in range(0, used if upto > 2 else 0, buffers.group):
            last = min(p + buffers.group, used)
            kernels.log_joint_block(
                plan, plan.local, phi, p, last, joint, needed, buffers.whitened, side,
                buffers.which, bound,
            )  # fmt: skip
            if upto > 3:
                kernels.softmax_block(joint, p, last, k, needed, side, buffers.which)
        if upto > 4:
            if plan.n_shifted < k:
                add_products(joint, needed, used, phi, n_features, sums, buffers.tiles)
                if plan.second and plan.kind == kernels.TIED:
                    kernels.scale_all(phi, used, side, weight_row, plan.shift, zero, buffers.scaled)
                    add_lower_square(buffers.scaled, d, used, seconds[0], buffers.first)
            if plan.n_shifted > 0:
                n_deferred = kernels.add_shifted(
                    row, used, n_deferred, plan, buffers, moved, seconds
                )
                if n_deferred > buffers.gathered.most or row + n >= X.shape[0]:
                    n_deferred = kernels.add_deferred(X, n_deferred, plan, buffers, moved, seconds)


def phases(shape, rounds=5):
    """Return the seconds of each phase of an iteration on one thread, by differences.

    The pass is run up to each phase in turn, so a phase's time is what it adds; "rest" is
    what the whole iteration takes beyond: planning, chunks and their merging, the M-step.
    """
    from ..peers.mixtures import fastgmm

    n, d, k, covariance_type, dtype = shape
    X = common.rows(n, d, k, dtype)
    start = common.start(X, k, covariance_type)
    covariances = TYPES[covariance_type].from_sklearn(start["covariances"])
    mixture = make_mixture(start["weights"], start["means"], covariances)
    source = ArraySource(X)
    plan = source._plan(mixture, covariance_type, "soft", general=True)
    buffers = make_buffers(plan, block_rows(n, plan) // panel_rows(dtype))
    sums, moved, seconds, _ = map(np.zeros, shapes_of_sums(plan))
    rows = source.X, source.sample_weight
    whole = fastgmm(X, start, covariance_type)
    runs = [
        *(
            lambda upto=upto: _phases(*rows, plan, buffers, upto, sums, moved, seconds)
            for upto in range(1, 6)
        ),
        lambda: whole(1, 1),
    ]
    times = [0.0, *common.alternate(runs, rounds)]
    return {name: max(0.0, b - a) for name, a, b in zip(PHASES, times[:-1], times[1:], strict=True)}


def roofline(shape, limit):
    """Return what a point's iteration on one thread needs, takes, and takes it for."""
    needs, takes = least_time(shape, limit), phases(shape)
    total = sum(takes.values())
    return {
        "point": shape,
        "needs": needs,
        "takes": takes,
        "seconds": total,
        "share": common.least_work(*shape[:4]) / total / 1e9 / limit[f"{shape[4]} GFLOP/s"],
    }


DEFAULT = [
    "200000,2,8,full",
    "200000,8,16,full",
    "100000,16,32,full",
    "50000,64,16,full",
    "10000,256,8,full",
    "20000,8,256,full",
    "10000,32,1000,full",
    "200000,16,32,tied",
    "200000,16,32,diag",
    "200000,16,32,spherical",
]


def main():
    """Print limits, rooflines and phases."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.harness.roofline", description=__doc__
    )
    parser.add_argument("point", nargs="*", default=DEFAULT)
    parser.add_argument("--store", action="store_true", help="for the report")
    options = parser.parse_args()
    machine = limits()
    for n, limit in machine.items():
        print(f"{n} threads:", ", ".join(f"{v:.1f} {k}" for k, v in limit.items()))
    found = []
    for text in options.point:
        entry = roofline(common.shape_of(text), machine["1"])
        found.append(entry)
        needs, takes = (
            {k: f"{1e3 * v:.1f}" for k, v in entry[n].items()} for n in ("needs", "takes")
        )
        print(f"{text}: {1e3 * entry['seconds']:.1f} ms on one thread, ", end="")
        print(f"{100 * entry['share']:.0f}% of the products' peak")
        print("  needs (ms):", ", ".join(f"{k} {v}" for k, v in needs.items()))
        print("  takes (ms):", ", ".join(f"{k} {v}" for k, v in takes.items()), flush=True)
    if options.store:
        store.save("roofline", {"limits": machine, "points": found})


if __name__ == "__main__":
    main()
