"""Data, starts and fair timing: what all suites share."""

import os
import statistics
import time
from functools import cache

import numpy as np

N_THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
QUICK = os.environ.get("FASTGMM_BENCH") == "quick"


class Suite:
    """What asv's suites have in common: how often asv runs what it times."""

    # asv's default are two rounds, each in a process that compiles what it times.
    rounds = 1 if QUICK else 2


def pick(full, quick):
    """Return the parameters of a suite: `quick` if FASTGMM_BENCH=quick, else `full`."""
    return quick if QUICK else full


@cache
def rows(n, d, k, dtype="float64", spread=2.5):
    """Return rows of k overlapping anisotropic blobs, (n, d)."""
    rng = np.random.default_rng(0)
    centres = spread * rng.normal(size=(k, d))
    shapes = rng.normal(size=(k, d, d)) / np.sqrt(d) + 0.7 * np.eye(d)
    labels = rng.integers(k, size=n)
    out = np.empty((n, d), dtype)
    for j in range(k):
        mine = labels == j
        out[mine] = centres[j] + rng.normal(size=(mine.sum(), d)) @ shapes[j].T
    return out


def shape_of(text):
    """Return (n, d, k, covariance_type, dtype) of "n,d,k,covariance[,dtype]"."""
    n, d, k, covariance_type, dtype = (text + ",float64").split(",")[:5]
    return int(n), int(d), int(k), covariance_type, dtype


def save_rows(shapes):
    """Write the rows of the shapes (texts) where they are run: for asv's `setup_cache`."""
    for n, d, k, _, dtype in map(shape_of, shapes):
        np.save(f"rows_{n}_{d}_{k}_{dtype}.npy", rows(n, d, k, dtype))
        rows.cache_clear()


def load_rows(shape):
    """Read the rows that `save_rows` wrote."""
    n, d, k, _, dtype = shape_of(shape)
    return np.load(f"rows_{n}_{d}_{k}_{dtype}.npy")


def start(X, k, covariance_type):
    """Return ``{"weights", "means", "covariances"}``, in scikit-learn's shapes and float64.

    The means are k of the rows, and every component has 0.3 of the covariance of them all:
    the middle of a fit, where each row belongs to several components.
    """
    n, d = X.shape
    means = X[np.random.default_rng(1).choice(n, k, replace=False)].astype(float)
    pooled = 0.3 * np.cov(X[: max(20_000, 4 * d)].T.astype(float)).reshape(d, d)
    covariances = {
        "full": lambda: np.stack([pooled] * k),
        "tied": lambda: pooled,
        "diag": lambda: np.stack([np.diag(pooled)] * k),
        "spherical": lambda: np.full(k, np.trace(pooled) / d),
    }[covariance_type]()
    return {"weights": np.full(k, 1.0 / k), "means": means, "covariances": covariances}


def least_work(n, d, k, covariance_type):
    """Return the least floating-point operations of an iteration, exponentials not counted.

    Full: N K D (D + 1) multiply-adds, for the densities and the second moments. Tied: the
    rows are whitened once, then two products of N K D. Diag and spherical: products with
    the rows and their squares, or their squared norms.
    """
    return {
        "full": 2 * n * k * d * (d + 1),
        "tied": 2 * (2 * n * k * d + n * d * (d + 1)),
        "diag": 2 * 4 * n * k * d,
        "spherical": 2 * 2 * n * k * d,
    }[covariance_type]


def alternate(functions, repeats):
    """Time functions in turn, `repeats` rounds after a warm-up; return the medians, seconds."""
    times = [[] for _ in functions]
    for function in functions:
        function()
    for _ in range(repeats):
        for function, mine in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            mine.append(time.perf_counter() - begin)
    return [statistics.median(mine) for mine in times]


def ratio(first, second, seconds=None, least=3, most=101):
    """Return the median of first's time over second's, each pair measured in turn.

    After a warm-up, for about `seconds` (2, in the quick profile half of one), and from
    `least` to `most` rounds. Whatever else the machine does slows both sides of a pair.
    """
    seconds = (0.5 if QUICK else 2.0) if seconds is None else seconds
    first(), second()
    found, end = [], time.perf_counter() + seconds
    while len(found) < least or (time.perf_counter() < end and len(found) < most):
        t0 = time.perf_counter()
        first()
        t1 = time.perf_counter()
        second()
        found.append((t1 - t0) / (time.perf_counter() - t1))
    return statistics.median(found)
