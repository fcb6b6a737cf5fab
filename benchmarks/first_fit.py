"""The wait of a new user: from ``import fastgmm`` to the end of the first small fit.

``python -m benchmarks.first_fit`` prints it, with an empty and with a filled cache.
"""

import os
import subprocess
import sys
import tempfile

_PROGRAM = """
import time
begin = time.perf_counter()
from fastgmm import GaussianMixture
from fastgmm.datasets import load_faithful
imported = time.perf_counter()
GaussianMixture(2, random_state=0).fit(load_faithful())
print(imported - begin, time.perf_counter() - begin)
"""


def wait(cache):
    """Return the seconds of the import, and of import and first fit, in a fresh process."""
    out = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    imported, done = map(float, out.split())
    return imported, done


class FirstFit:
    """Seconds to the end of the first fit, Numba's cache empty or filled."""

    params = ("cold", "warm")
    param_names = ("cache",)
    timeout = 300
    unit = "s"

    def track_wait(self, state):
        with tempfile.TemporaryDirectory() as cache:
            cold = wait(cache)
            return cold[1] if state == "cold" else wait(cache)[1]


def main():
    """Print the waits."""
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "warm", "warm"):
            imported, done = wait(cache)
            print(
                f"{state} cache: import {imported:.2f} s, to the end of the first fit {done:.2f} s"
            )


if __name__ == "__main__":
    main()
