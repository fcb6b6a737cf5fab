"""The wait of a new user: the import, and the first small fit, with and without a filled cache.

``python -m benchmarks.mixtures.importing [--store]`` prints it.
"""

import os
import statistics
import subprocess
import sys
import tempfile

from ..harness import common, store

IMPORT = "import fastgmm"
DEPENDENCIES = "import numba, sklearn.mixture"
FIT = """
from fastgmm import GaussianMixture
from fastgmm.datasets import load_faithful
GaussianMixture(2, random_state=0).fit(load_faithful())
"""
GRADIENT = """
import numpy as np
from fastad import grad
grad(lambda x: np.sum(x * x))(np.ones(3))
"""
PROGRAMS = {"import": IMPORT, "fit": FIT, "gradient": GRADIENT}


def wait(program, cache):
    """Return the seconds of a program in a fresh process, from its first line to its last."""
    timed = (
        f"import time\nbegin = time.perf_counter()\n{program}\nprint(time.perf_counter() - begin)"
    )
    out = subprocess.run(
        [sys.executable, "-c", timed],
        env={**os.environ, "NUMBA_CACHE_DIR": cache, "FASTAD_CACHE_DIR": cache},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return float(out)


def _with_cache(program, cache):
    first = f"import os\nos.environ['NUMBA_CACHE_DIR'] = os.environ['FASTAD_CACHE_DIR'] = {cache!r}"
    return f"{first}\n{program}"


class Wait(common.Suite):
    """Seconds of a fresh process, asv's own timing."""

    params = (common.pick(tuple(PROGRAMS), ("fit",)),)
    param_names = ("until the end of",)
    timeout = 300
    number = 1
    repeat = common.pick((1, 3, 5.0), 1)
    warmup_time = 0.0  # a process that ran before changes nothing


class FirstCall(Wait):
    """With an empty cache of compiled code."""

    def timeraw_cold(self, what):
        """Compile everything."""
        return _with_cache(PROGRAMS[what], tempfile.mkdtemp(prefix="fastgmm-cold-"))


class LaterCall(Wait):
    """With the code that an earlier process compiled."""

    def setup(self, what):
        """Fill the cache."""
        self.cache = os.path.join(tempfile.gettempdir(), f"fastgmm-warm-{os.getpid()}")
        wait(PROGRAMS[what], self.cache)

    def timeraw_warm(self, what):
        """Load compiled code."""
        return _with_cache(PROGRAMS[what], self.cache)


class Overhead:
    """Seconds on top of importing Numba and scikit-learn, alternated."""

    params = (common.pick(("import", "fit"), ("import",)),)
    param_names = ("until the end of",)
    timeout = 300

    def track_ratio_to_dependencies(self, what):
        """Return the time with a filled cache over that of the dependencies' import."""
        program = PROGRAMS[what]
        with tempfile.TemporaryDirectory() as cache:
            wait(program, cache), wait(DEPENDENCIES, cache)
            pairs = [
                (wait(program, cache), wait(DEPENDENCIES, cache)) for _ in range(common.pick(7, 2))
            ]
        return statistics.median(a / b for a, b in pairs)

    track_ratio_to_dependencies.unit = "times"


def main(keep):
    """Print the waits; store them for the report if asked."""
    with tempfile.TemporaryDirectory() as cache:
        waits = {"cold": wait(FIT, cache)}
        for name, program in (
            ("warm", FIT),
            ("import", IMPORT),
            ("dependencies", DEPENDENCIES),
        ):
            waits[name] = statistics.median(wait(program, cache) for _ in range(5))
    for name, seconds in waits.items():
        print(f"{name:14}{seconds:.2f} s")
    if keep:
        store.save("waits", waits)


if __name__ == "__main__":
    main("--store" in sys.argv[1:])
