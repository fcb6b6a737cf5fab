"""One EM iteration by covariance type, over N, D, K and dtype: ours, and against scikit-learn.

``python -m benchmarks.mixtures.iteration [N,D,K,COVARIANCE[,DTYPE] ...]`` prints the ratios.
"""

import sys

from ..harness import common
from ..peers import mixtures

SHAPES = common.pick(
    [
        "100000,8,16,full",
        "10000,8,16,full",
        "1000000,8,16,full",
        "100000,2,16,full",
        "100000,32,16,full",
        "50000,128,8,full",
        "100000,8,64,full",
        "20000,8,500,full",
        "100000,16,32,full",
        "100000,16,32,tied",
        "100000,16,32,diag",
        "100000,16,32,spherical",
        "100000,16,32,full,float32",
    ],
    ["100000,8,16,full", "20000,64,8,full", "50000,16,32,diag"],
)


def pair(X, shape):
    """Return our and scikit-learn's run of the shape; they agree, or AssertionError."""
    _, _, k, covariance_type, dtype = common.shape_of(shape)
    start = common.start(X, k, covariance_type)
    ours, theirs = (
        mixtures.PEERS[name](X, start, covariance_type) for name in ("fastgmm", "scikit-learn")
    )
    a, b = ours(1, common.N_THREADS), theirs(1, common.N_THREADS)
    tolerance = 1e-8 if dtype == "float64" else 1e-3
    for name in ("weights", "means"):
        scale = abs(b[name]).max()
        if abs(a[name] - b[name]).max() > tolerance * scale:
            raise AssertionError(f"{shape}: the {name} after an iteration differ")
    return ours, theirs


def ratio_to_sklearn(X, shape):
    """Return scikit-learn's time over ours: all threads, or one where that is better for it."""
    ours, theirs = pair(X, shape)
    n = common.N_THREADS
    one, several = common.alternate([lambda: theirs(1, 1), lambda: theirs(1, n)], 1)
    best = 1 if one < several else n
    return common.ratio(lambda: theirs(1, best), lambda: ours(1, n))


class Iteration(common.Suite):
    """Seconds of an iteration."""

    params = (SHAPES, common.pick(sorted({1, common.N_THREADS}), [common.N_THREADS]))
    param_names = ("n,d,k,covariance,dtype", "threads")
    timeout = 600

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape, threads):
        """Compile."""
        _, _, k, covariance_type, _ = common.shape_of(shape)
        X = common.load_rows(shape)
        start = common.start(X, k, covariance_type)
        self.run = mixtures.fastgmm(X, start, covariance_type)
        self.run(1, threads)

    def time_iteration(self, shape, threads):
        """Do one iteration."""
        self.run(1, threads)


class Ratio:
    """scikit-learn's time over ours: larger is better."""

    params = (SHAPES,)
    param_names = ("n,d,k,covariance,dtype",)
    timeout = 1200
    unit = "times faster"

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def track_ratio_to_sklearn(self, shape):
        """Measure both in turn."""
        return ratio_to_sklearn(common.load_rows(shape), shape)


def main(shapes):
    """Print the ratios."""
    for shape in shapes:
        n, d, k, _, dtype = common.shape_of(shape)
        found = ratio_to_sklearn(common.rows(n, d, k, dtype), shape)
        print(f"{shape:30} {found:6.1f} times faster than scikit-learn", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or SHAPES)
