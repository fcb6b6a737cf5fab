"""What a user waits for, or does not: imports, compilation, the disk cache."""

import os
import subprocess
import sys

from numba.core import types

PROGRAM = """
import sys
import numba, numpy as np, scipy.special, sklearn.mixture, threadpoolctl
loaded = set(sys.modules)
before = np.geterr(), list(sys.path), __import__("warnings").filters[:]
import fastgmm
assert (np.geterr(), list(sys.path), __import__("warnings").filters[:]) == before
from numba.core.dispatcher import Dispatcher
from fastgmm import density
from fastgmm.em import start
from fastgmm.passes import kernels
dispatchers = [
    d for module in (kernels, density, start) for d in vars(module).values()
    if isinstance(d, Dispatcher)
]
assert len(dispatchers) > 15
assert not any(d.signatures for d in dispatchers), "import compiled something"
assert "fastad" not in sys.modules, "only fastgmm.gradient imports it"
assert "fastgmm.plotting" not in sys.modules
assert callable(fastgmm.plotting.plot_iterations)
submodules = {"dask", "datasets", "files", "gradient", "onnx", "plotting", "spark"}
assert dir(fastgmm) == sorted({*fastgmm.__all__, *submodules})
assert not hasattr(fastgmm, "plot")
assert not {"matplotlib", "pandas", "pyarrow", "tqdm"} & (set(sys.modules) - loaded)
gm = fastgmm.GaussianMixture(2, random_state=0).fit(fastgmm.datasets.load_faithful())
fastgmm.log_density(np.zeros(2), gm.mixture_)
hits = sum(sum(d.stats.cache_hits.values()) for d in dispatchers)
misses = sum(sum(d.stats.cache_misses.values()) for d in dispatchers)
print(hits, misses)
"""


def run(cache):
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    assert out.stderr == ""
    return tuple(map(int, out.stdout.split()))


def test_import_compiles_nothing_and_a_second_process_compiles_nothing_at_all(tmp_path):
    hits, misses = run(tmp_path)
    assert misses > 3
    hits, misses = run(tmp_path)
    assert hits >= 3
    assert misses == 0


def test_read_only_and_strided_rows_need_no_new_kernels():
    import numpy as np
    from common import blobs, options_of, random_mixture

    from fastgmm.em.loop import estimate
    from fastgmm.passes import kernels
    from fastgmm.passes.sources import ArraySource

    X = blobs(100)
    for rows in (X, np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2]):
        for covariance_type in ("full", "tied", "diag", "spherical"):
            estimate(
                ArraySource(rows), random_mixture(covariance_type), options_of(covariance_type)
            )
    doubles = [s for s in kernels.statistics_chunk.signatures if s[0].dtype.name == "float64"]
    assert len({(s[0].layout, _without(s)) for s in doubles}) == len(doubles)
    assert len({s[0].layout for s in doubles}) <= 3
    assert not any(s[0].mutable for s in doubles)
    # What the layouts share is compiled once for each such set; or not at all, from the disk cache.
    for kernel in (kernels.log_joint_block, kernels.add_shifted, kernels.softmax_block):
        shared = [s for s in kernel.signatures if "float32" not in str(s)]
        assert len({_without(s) for s in shared}) == len(shared)


def _without(signature):
    """Return which arguments of a signature, or parts of them, are None."""
    parts = [part for t in signature for part in (t, *getattr(t, "types", ()))]
    return tuple(part is types.none for part in parts)
