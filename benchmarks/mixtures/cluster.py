"""A pass over rows on a cluster: what it sends, what it takes, and the model of both.

``python -m benchmarks.mixtures.cluster [--store]``

Clusters of 1 and of 2 worker processes of one thread, on this machine:

* the bytes that are sent to each worker, and that come from each partition, in a pass;
* the seconds of a pass over partitions of few rows, by their number: what Dask takes;
* those of a pass over many rows, and what the model says;
* those of a pass with a delay in each merge, a network that is slow, and what the model says;
* what the model says of ``SCALE``.
"""

import argparse
import math
import pickle
import tempfile
import time
from functools import partial

import dask.array as da
import distributed
import numpy as np

import fastgmm
from fastgmm.dask.partitions import MERGED_AT_ONCE, DaskRows
from fastgmm.dask.scheduler import Scheduler
from fastgmm.dask.source import DaskSource
from fastgmm.dask.tasks import Shared
from fastgmm.parted.partitions import Table, added
from fastgmm.parted.partitions import sums as sums_of
from fastgmm.passes.sources import ArraySource
from fastgmm.passes.threads import at_most, single_threaded_blas

from ..harness import store

SHAPES = [(8, 16), (32, 100)]  # D, K
PARTITIONS = (4, 16, 64, 256)
ROWS = 800_000  # in 16 partitions, of the first shape
DELAYS = (0.0, 0.02, 0.05)  # in each merge, of 64 partitions
REPEATS = 15
# 1e9 rows of the second shape on 100 machines of 16 threads, on a network of 10 Gbit/s where a
# message takes a millisecond: with a partition for each machine, or for each thread.
SCALE = {"rows": 1e9, "machines": 100, "threads": 16, "bytes/s": 1.25e9, "latency": 1e-3}


def mixture_of(d, k):
    """Return a mixture of k components that overlap in d dimensions."""
    rng = np.random.default_rng(0)
    return fastgmm.make_mixture(np.full(k, 1.0 / k), rng.normal(size=(k, d)), [np.eye(d)] * k)


def seconds_of(call):
    """Return the least of the seconds of a call: the processes share the machine with others."""
    call()
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def merges(n_partitions):
    """Return the number of merges of each level of the tree."""
    levels = []
    while n_partitions > 1:
        n_partitions = math.ceil(n_partitions / MERGED_AT_ONCE)
        levels.append(n_partitions)
    return levels


def alone(d, k):
    """Return what a pass costs without a cluster: seconds a row of one thread, and bytes."""
    n, mixture = max(2000, int(2e9 / (k * d * d))), mixture_of(d, k)
    source = ArraySource(np.random.default_rng(1).normal(size=(n, d)))
    plan = source._plan(mixture, "full", "soft")
    with at_most(1), single_threaded_blas():
        seconds = seconds_of(lambda: source.add_up(plan, "soft", 0))
    table = Table(None, source.dtype, source.dtype, 1.0)
    shared = Shared(table, sums_of, (plan, "soft", 0), 16)
    sums = source.add_up(plan, "soft", 0)
    return {
        "shape": (d, k),
        "seconds a row": seconds / n,
        "bytes to a worker": len(pickle.dumps(shared, protocol=5)),
        "bytes from a partition": sum(a.nbytes for a in sums),
    }


def slowly_added(delay, parts):
    """Do `added` after a while."""
    time.sleep(delay)
    return added(parts)


class Pass:
    """A pass over n rows in some partitions, which are persisted on a client's cluster."""

    def __init__(self, client, n, n_partitions, d, k):
        size = -(-n // n_partitions)
        rng = da.random.default_rng(1)
        X = client.persist(rng.normal(size=(size * n_partitions, d), chunks=(size, d)))
        client.gather(client.map(len, distributed.futures_of(X)))  # it is there
        self.source = DaskSource(DaskRows(X, None, Scheduler(client)))
        self.plan = self.source._plan(mixture_of(d, k), "full", "soft")

    def run(self, delay=0.0):
        """Do it, with a delay in each merge."""
        merge = partial(slowly_added, delay) if delay else added
        how = sums_of, merge, self.plan, "soft", 0
        return self.source.rows.merged(self.source._table, *how)


def on_cluster(n_workers, a_row):
    """Measure passes on a cluster of one-threaded workers."""
    d, k = SHAPES[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            dashboard_address=":0",
            local_directory=folder,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        small = [seconds_of(Pass(client, p, p, d, k).run) for p in PARTITIONS]
        of_task = (small[-1] - small[0]) / (PARTITIONS[-1] - PARTITIONS[0])
        fixed = small[0] - PARTITIONS[0] * of_task
        large = seconds_of(Pass(client, ROWS, 16, d, k).run)
        of_64 = Pass(client, 64, 64, d, k)
        delayed = [seconds_of(partial(of_64.run, delay)) for delay in DELAYS]
    waits = sum(math.ceil(n / n_workers) for n in merges(64))
    return {
        "workers": n_workers,
        "seconds by partitions": dict(zip(map(str, PARTITIONS), small, strict=True)),
        "seconds of a pass": fixed,
        "seconds of a partition": of_task,
        "large": large,
        "large by the model": fixed + 16 * of_task + ROWS * a_row / n_workers,
        "delayed": dict(zip(map(str, DELAYS), delayed, strict=True)),
        "delayed by the model": {str(s): delayed[0] + s * waits for s in DELAYS},
    }


def at_scale(of_shape, cluster, n_partitions):
    """Return the seconds of the parts of a pass of `SCALE` by the model."""
    n_threads = SCALE["machines"] * SCALE["threads"]
    of_message = of_shape["bytes from a partition"] / SCALE["bytes/s"]
    hops = math.ceil(math.log2(SCALE["machines"]))
    return {
        "rows": SCALE["rows"] * of_shape["seconds a row"] / n_threads,
        "tasks": cluster["seconds of a pass"] + n_partitions * cluster["seconds of a partition"],
        "to workers": hops * (SCALE["latency"] + of_shape["bytes to a worker"] / SCALE["bytes/s"]),
        "merges": len(merges(n_partitions)) * (SCALE["latency"] + MERGED_AT_ONCE * of_message),
    }


def main():
    """Measure, print, and store."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mixtures.cluster", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--store", action="store_true", help="for the documentation")
    options = parser.parse_args()
    shapes = [alone(d, k) for d, k in SHAPES]
    clusters = [on_cluster(n, shapes[0]["seconds a row"]) for n in (1, 2)]
    numbers = SCALE["machines"], SCALE["machines"] * SCALE["threads"]
    of = {str(n): at_scale(shapes[1], clusters[1], n) for n in numbers}
    scale = SCALE | {"seconds by partitions": of}
    found = {"passes": shapes, "clusters": clusters, "scale": scale}
    for entry in (*shapes, *clusters, scale):
        print(*(f"{name}: {value}" for name, value in entry.items()), sep="\n", end="\n\n")
    if options.store:
        store.save("cluster", found)


if __name__ == "__main__":
    main()
