"""Memory: the peak of a process that fits, and what the fit itself adds to it."""

import tempfile
import warnings
from pathlib import Path

import numpy as np

from fastgmm import GaussianMixture

from ..harness import common
from ..peers.process import Peer

SHAPES = common.pick(
    ["1000000,2,8,full", "1000000,8,16,full", "1000000,16,32,full", "100000,128,64,diag"],
    ["200000,8,16,full"],
)


def extra_peak(X, shape, peer="fastgmm"):
    """Return the MiB by which an iteration of a peer raises the peak of a fresh process."""
    _, _, k, covariance_type, _ = common.shape_of(shape)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", X)
        start = common.start(X, k, covariance_type)
        np.savez(Path(folder) / "start.npz", covariance_type=covariance_type, **start)
        with Peer(peer, folder) as process:
            if process.skipped:
                raise NotImplementedError(process.skipped)
            return process.ask("memory", common.N_THREADS)["mebibytes"]


class Memory(common.Suite):
    """The peak resident memory."""

    params = (SHAPES,)
    param_names = ("n,d,k,covariance",)
    timeout = 600

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape):
        """Load them."""
        self.X = common.load_rows(shape)

    def peakmem_fit(self, shape):
        """Fit two iterations from a k-means start; the rows count too."""
        _, _, k, covariance_type, _ = common.shape_of(shape)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            GaussianMixture(
                k, covariance_type=covariance_type, random_state=0, max_iter=2, tol=0.0
            ).fit(self.X)

    def track_extra_peak(self, shape):
        """Return what an iteration adds."""
        return extra_peak(self.X, shape)

    track_extra_peak.unit = "MiB"

    def track_ratio_to_sklearn(self, shape):
        """Return scikit-learn's extra memory over ours (at least 1 MiB is counted)."""
        theirs = extra_peak(self.X, shape, "scikit-learn")
        return theirs / max(1.0, extra_peak(self.X, shape))

    track_ratio_to_sklearn.unit = "times less"
