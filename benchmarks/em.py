"""One EM iteration: ours against scikit-learn's, alternated in one process.

``python -m benchmarks.em`` prints the table of the README.
"""

import subprocess
import sys

from . import common

SHAPES = [(f"{n},{d},{k},{c}") for n, d, k, c in common.GRID]
if common.QUICK:
    SHAPES = ["100000,2,8,full", "100000,16,32,full", "100000,16,32,diag"]


def _shape(text):
    n, d, k, covariance_type = text.split(",")
    return int(n), int(d), int(k), covariance_type


class Iteration:
    """Time of an iteration (two threads), and its ratio to scikit-learn's best."""

    params = SHAPES
    param_names = ("n,d,k,covariance",)
    timeout = 600

    def setup(self, shape):
        n, d, k, covariance_type = _shape(shape)
        X = common.rows(n, d, k)
        _, mixture = common.start(X, k, covariance_type)
        self.run = common.our_iteration(X, mixture, covariance_type)
        self.run()  # compiles

    def time_iteration(self, shape):
        self.run()


class Ratio:
    """scikit-learn's time over ours: larger is better."""

    params = SHAPES
    param_names = ("n,d,k,covariance",)
    timeout = 1200
    unit = "times faster"

    def track_ratio_to_sklearn(self, shape):
        seconds = common.compare_iteration(*_shape(shape))
        return _best(seconds, "scikit-learn") / _best(seconds, "fastgmm")


def _best(seconds, peer):
    return min(value for name, value in seconds.items() if name.startswith(peer))


# Linux forgets the peak of a process on demand; without that, making the data would hide it.
_PEAK = """
import sys
from pathlib import Path
from benchmarks import common

def resident(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024

n, d, k = map(int, sys.argv[1:4])
X = common.rows(n, d, k)
fit = {fit}
fit(X[:10_000])  # imports, compiles, loads the BLAS
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
fit(X)
print(resident("VmHWM") - before)
"""
_FITS = {
    "fastgmm": "lambda X: common.few_iterations(X, k, sys.argv[4])",
    "scikit-learn": (
        "lambda X: common.sklearn.mixture.GaussianMixture(k, covariance_type=sys.argv[4], "
        "max_iter=2, tol=1e9, random_state=0).fit(X)"
    ),
}


def extra_peak(shape, peer="fastgmm"):
    """Return by how much a fit raises the peak resident memory of a fresh process, MiB (Linux)."""
    arguments = [str(part) for part in shape]
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PEAK.format(fit=_FITS[peer]), *arguments],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return float(out)


class Memory:
    """Extra peak memory of a fit, MiB."""

    params = SHAPES
    param_names = ("n,d,k,covariance",)
    timeout = 600
    unit = "MiB"

    def track_extra_peak(self, shape):
        return extra_peak(_shape(shape))


def main():
    """Print the table: seconds per iteration, ratio, extra memory."""
    threads = f"{common.N_THREADS} threads"
    print(f"| rows, features, components, covariance | fastgmm 1 thread | {threads} |", end="")
    print(f" scikit-learn 1 thread | {threads} | ratio of the best | extra memory, ours | theirs |")
    print("|---|---|---|---|---|---|---|---|")
    for shape in map(_shape, SHAPES):
        seconds = common.compare_iteration(*shape, repeats=5)
        ratio = _best(seconds, "scikit-learn") / _best(seconds, "fastgmm")
        cells = [f"{value:.4f} s" for value in seconds.values()]
        memory = [f"{extra_peak(shape, peer):.0f} MiB" for peer in _FITS]
        print("| " + " | ".join([", ".join(map(str, shape)), *cells, f"{ratio:.1f}", *memory]), "|")


if __name__ == "__main__":
    main()
