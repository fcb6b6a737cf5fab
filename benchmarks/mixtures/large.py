"""Rows that do not fit in memory: rows a second and peak memory, from files, beside an array.

``python -m benchmarks.mixtures.large --rows 2e8 --folder DIR`` makes the files (80 bytes a row and
format), fits 16 components to each in a process of its own, and stores the figures in
``benchmarks/results/large.json``. asv measures small ones.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from fastgmm import GaussianMixture, open_rows
from fastgmm.rows.writing import open_table

from ..harness import common, store

N_FEATURES, K = 10, 16
BLOCK = 2**17
ITERATIONS = 4
SOURCES = ("reading .npy", "reading .parquet", ".npy", ".parquet", "array")


def blocks(n_rows):
    """Yield rows of a mixture of K components, in blocks."""
    rng = np.random.default_rng(0)
    means = 4.0 * rng.normal(size=(K, N_FEATURES))
    roots = np.eye(N_FEATURES) + 0.3 * rng.normal(size=(K, N_FEATURES, N_FEATURES))
    for start in range(0, n_rows, BLOCK):
        n = min(BLOCK, n_rows - start)
        normal, of = rng.normal(size=(n, N_FEATURES)), rng.integers(0, K, n)
        rows = np.empty((n, N_FEATURES))
        for k in range(K):
            rows[of == k] = normal[of == k] @ roots[k] + means[k]
        yield rows


def make_file(path, n_rows):
    """Write the rows, if the file is not there."""
    if path.exists():
        return
    with open_table(path, [f"x{j}" for j in range(N_FEATURES)], n_rows, np.float64) as table:
        for rows in blocks(n_rows):
            table.write(rows)


def measure(source, path):
    """Return figures of a fit to a file, of reading it alone, or of a fit to an array of it."""
    rows = open_rows(path, cache=source == "array")
    began = time.perf_counter()
    if source.startswith("reading"):
        with rows.stream() as stream:
            X = np.empty((BLOCK, N_FEATURES))
            for start in range(0, rows.n_rows, BLOCK):
                stream.fill(X[: rows.n_rows - start])
        figures = {"seconds": time.perf_counter() - began}
    else:
        figures = _fit(rows)
    # Of this process alone: what `resource` tells begins with the peak of the one that started it.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    return {"source": source, "rows": rows.n_rows, "peak_mebibytes": peak} | figures


def _fit(rows):
    rows.in_memory()
    times, began = [], time.perf_counter()
    model = GaussianMixture(
        K, random_state=0, tol=0.0, max_iter=ITERATIONS,
        callback=lambda state: times.append(time.perf_counter()),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rows)
    return {
        "start_seconds": times[0] - began,  # with the first iteration
        "seconds": statistics.median(np.diff(times)),
        "lower_bound": model.lower_bound_,
    }


def in_fresh_process(source, path):
    """Return what `measure` does, in a process whose peak memory is its own."""
    command = [sys.executable, "-m", __spec__.name, "--one", source, "--folder", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sources", default=",".join(SOURCES))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.folder)))
        return
    n_rows = int(arguments.rows)
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        folder = arguments.folder or Path(folder)
        for _ in range(arguments.rounds):
            for source in arguments.sources.split(","):
                suffix = ".parquet" if "parquet" in source else ".npy"
                path = folder / f"rows{n_rows}{suffix}"
                make_file(path, n_rows)
                entries.append(in_fresh_process(source, path))
                print(entries[-1], flush=True)
    others = [e for e in store.load("large")["entries"] if e["rows"] != n_rows]
    store.save("large", others + _medians(entries))


def _medians(entries):
    """Return an entry a source, of the medians."""
    found = {}
    for entry in entries:
        found.setdefault(entry["source"], []).append(entry)
    result = []
    for source, several in found.items():
        numbers = {name for name, value in several[0].items() if isinstance(value, float)}
        middle = {name: statistics.median(e[name] for e in several) for name in sorted(numbers)}
        result.append({"source": source, "rows": several[0]["rows"]} | middle)
    return result


class FromFiles(common.Suite):
    """Iterations over files, over those of an array in memory."""

    params = ((".npy", ".parquet"),)
    param_names = ("source",)
    timeout = 600
    n_rows = common.pick(2_000_000, 200_000)

    def setup(self, source):
        """Write the file, and take the rows into memory."""
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / f"rows{source}"
        make_file(path, self.n_rows)
        self.rows, self.array = open_rows(path, cache=False), open_rows(path).to_array()

    def teardown(self, source):
        """Remove the file."""
        self.folder.cleanup()

    def track_ratio_to_array(self, source):
        """Return the time of an iteration over a file over that of one over the array."""
        start = common.start(self.array[:20_000], K, "full")
        fits = [lambda rows=rows: self._iterate(rows, start) for rows in (self.rows, self.array)]
        ours, array = common.alternate(fits, 3)
        return ours / array

    track_ratio_to_array.unit = "times"

    def _iterate(self, rows, start):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = {f"{name}_init": start[name] for name in ("weights", "means", "covariances")}
            GaussianMixture(K, max_iter=1, tol=0.0, **given).fit(rows)

    def peakmem_fit(self, source):
        """Fit two iterations; the array of `setup` counts too."""
        self._iterate(self.rows, common.start(self.array[:20_000], K, "full"))


if __name__ == "__main__":
    main()
