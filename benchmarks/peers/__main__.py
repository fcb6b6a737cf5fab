"""Compare all peers: EM iterations, and gradients; print tables, and store them if asked.

``python -m benchmarks.peers [mixtures|derivatives] [--point N,D,K,COVARIANCE,DTYPE ...]``
"""

import argparse

from ..harness import common, store
from . import derivatives, mixtures, process

POINTS = [
    (100_000, 8, 16, "full", "float64"),
    (100_000, 8, 16, "full", "float32"),
    (100_000, 8, 16, "diag", "float64"),
    (100_000, 8, 16, "tied", "float64"),
    (100_000, 8, 16, "spherical", "float64"),
]


def compare_mixtures(points, seconds):
    """Print and return the times of an EM iteration of every peer."""
    threads = sorted({1, common.N_THREADS})
    found = []
    for shape in points:
        print(", ".join(map(str, shape)))
        entries = [(name, t) for name in mixtures.PEERS for t in threads]
        for row in process.compare(shape, entries, seconds=seconds):
            label = f"  {row['peer']:14} {row['threads']} threads  "
            if "skipped" in row:
                print(f"{label}skipped: {row['skipped']}")
            else:
                print(
                    f"{label}{row['median']:9.4f} s, extra {row['mebibytes'] or 0:6.0f} MiB, "
                    f"mean log-likelihood {row['log_likelihood']:.9f}"
                )
            found.append({"point": shape, **row})
    return found


def main():
    """Run the comparisons that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=("mixtures", "derivatives"))
    parser.add_argument("--point", type=common.shape_of, nargs="*", default=POINTS)
    parser.add_argument("--seconds", type=float, default=20.0, help="of measuring, a point")
    parser.add_argument("--store", action="store_true", help="for the report")
    options = parser.parse_args()
    if options.subject in (None, "mixtures"):
        found = compare_mixtures(options.point, options.seconds)
        if options.store:
            store.save("peers", found)
    if options.subject in (None, "derivatives"):
        found = derivatives.compare()
        derivatives.print_table(found)
        if options.store:
            store.save("derivative_peers", found)


if __name__ == "__main__":
    main()
