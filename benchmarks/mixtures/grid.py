"""The grid of shapes, and how the cost grows: ours against scikit-learn and oneDAL.

``python -m benchmarks.mixtures.grid [grid|rows|components|features ...] [--scale S] [--store]``

Each point: seconds of an EM iteration (median of runs in turn), extra memory, log-likelihood
of the mixture reached, and the share of the products' peak rate of the machine's limits, for
fastgmm on one and on all threads, scikit-learn on the better number (where the cost grows: on
one), and oneDAL on all.
``--scale 0.01`` tries it on a hundredth of the rows.
"""

import argparse

from ..harness import common, roofline, store
from ..peers import process

SETS = {
    "grid": [
        (1_000_000, 2, 8, "full"),
        (1_000_000, 8, 16, "full"),
        (1_000_000, 16, 32, "full"),
        (200_000, 64, 16, "full"),
        (50_000, 256, 8, "full"),
        (100_000, 8, 256, "full"),
        (10_000, 32, 1000, "full"),
        (1_000_000, 16, 32, "tied"),
        (1_000_000, 16, 32, "diag"),
        (100_000, 128, 64, "diag"),
        (1_000_000, 16, 32, "spherical"),
        (1_000_000, 16, 32, "full", "float32"),
    ],
    "rows": [(n, 8, 16, "full") for n in (10_000, 100_000, 1_000_000, 10_000_000)],
    "components": [(100_000, 8, k, "full") for k in (2, 8, 32, 128, 500, 1000)],
    "features": [(20_000, d, 8, "full") for d in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)],
}
N = common.N_THREADS
ENTRIES = [
    ("fastgmm", 1),
    ("fastgmm", N),
    ("scikit-learn", 1),
    ("scikit-learn", N),
    ("oneDAL", N),
]
GROWTH = [("fastgmm", 1), ("fastgmm", N), ("scikit-learn", 1), ("oneDAL", N)]
SHORT = 5e8  # operations of an iteration that takes ours about 10 ms: five are timed at once
SKLEARN_BYTES = 4e9  # its temporaries, about 3 N (K + D) numbers, must fit beside all others


def measure(point, entries, limits, seconds, least, short=0.0):
    """Return the entries of a point: `process.compare`'s, with the share of the peak."""
    n, d, k, covariance_type, dtype = point
    entries = list(dict.fromkeys(entries))
    large = 3 * 8 * n * (k + d) > SKLEARN_BYTES
    if large:
        entries = [entry for entry in entries if entry[0] != "scikit-learn"]
    work = common.least_work(n, d, k, covariance_type)
    n_iter = 5 if work < short else 1
    found = process.compare(point, entries, n_iter=n_iter, seconds=seconds, least=least)
    if large:
        reason = f"its temporaries would take {3 * 8e-9 * n * (k + d):.0f} GB"
        found.append({"peer": "scikit-learn", "threads": N, "seconds": [], "skipped": reason})
    for entry in found:
        if "median" in entry:
            peak = limits[str(entry["threads"])][f"{dtype} GFLOP/s"] * 1e9
            entry["share"] = work / entry["median"] / peak
    return found


def show(point, found):
    """Print a point."""
    print(", ".join(map(str, point)))
    for entry in found:
        label = f"  {entry['peer']:14}{entry['threads']} threads  "
        if "median" in entry:
            memory = entry["mebibytes"]
            memory = "      " if memory is None else f"{memory:6.0f}"
            print(
                f"{label}{entry['median']:9.4f} s, {100 * entry['share']:4.0f}% of peak, "
                f"{memory} MiB, {entry['log_likelihood']:.8f}, {len(entry['seconds'])} runs"
            )
        else:
            print(f"{label}skipped: {entry['skipped']}")
    print(end="", flush=True)


def main():
    """Measure the sets that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixtures.grid", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of rows")
    parser.add_argument("--seconds", type=float, default=12.0, help="of measuring, a point")
    parser.add_argument("--store", action="store_true", help="for the report")
    options = parser.parse_args()
    if unknown := set(options.sets) - set(SETS):
        parser.error(f"no such set: {', '.join(unknown)}; there are {', '.join(SETS)}")
    limits = roofline.limits()
    for name in options.sets or SETS:
        found_all = {"limits": limits, "points": []}
        # Where the cost grows one iteration is enough, after which all peers still agree.
        entries, least, short = (ENTRIES, 3, SHORT) if name == "grid" else (GROWTH, 1, 0.0)
        for shape in SETS[name]:
            n, d, k, covariance_type, dtype = (*shape, "float64")[:5]
            n = max(int(n * options.scale), 2 * d, 4 * k)
            point = (n, d, k, covariance_type, dtype)
            found = measure(point, entries, limits, options.seconds, least, short)
            show(point, found)
            found_all["points"].append({"point": point, "entries": found})
            if options.store:
                store.save(name, found_all)


if __name__ == "__main__":
    main()
