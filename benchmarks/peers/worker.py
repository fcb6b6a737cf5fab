"""A mixture peer in its own process: reads commands from stdin, answers in lines of JSON.

Its arguments are the peer's name and a folder: the folder holds ``rows.npy`` and
``start.npz``.  Nothing of ours is imported but what the peer needs, so the interpreter may be
one in which fastgmm is not installed.  `process.Peer` is the other end.
"""

import contextlib
import ctypes
import importlib.metadata
import json
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from .mixtures import DISTRIBUTIONS, PEERS, NotOffered


def resident(field):
    """Return a size in MiB of this process, as Linux knows it; None elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def extra_peak(run):
    """Return by how much a call raises the peak resident memory, MiB; None where unknown."""
    if resident("VmRSS") is None:
        return None
    with contextlib.suppress(OSError, AttributeError):  # what the first rows left in the heap
        ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = resident("VmRSS")
    run()
    return resident("VmHWM") - before


def main(name, folder):
    """Serve: make the peer, then answer ``run N_ITER N_THREADS`` and ``memory N_THREADS``."""
    warnings.simplefilter("ignore")
    folder, say = Path(folder), sys.stdout
    sys.stdout = sys.stderr  # some peers print

    def answer(**entries):
        say.write(json.dumps(entries) + "\n")
        say.flush()

    X, start = np.load(folder / "rows.npy"), dict(np.load(folder / "start.npz"))
    covariance_type = str(start.pop("covariance_type"))
    try:
        # Some rows first: imports, compiled code and BLAS are no part of a fit's memory.
        few = X[: max(2_000, 2 * len(start["means"]))].copy()
        PEERS[name](few, start, covariance_type)(1, 1)
        run = PEERS[name](X, start, covariance_type)
    except (ImportError, NotOffered) as reason:
        return answer(skipped=str(reason))
    except Exception as reason:
        traceback.print_exc()
        return answer(skipped=f"{type(reason).__name__}: {reason}")
    answer(version=importlib.metadata.version(DISTRIBUTIONS.get(name, name)))
    for line in sys.stdin:
        command, *numbers = line.split()
        numbers = list(map(int, numbers))
        try:
            if command == "memory":
                answer(mebibytes=extra_peak(lambda: run(1, *numbers)))  # noqa: B023
                continue
            begin = time.perf_counter()
            found = run(*numbers)
            seconds = time.perf_counter() - begin
            np.savez(folder / f"{name}.npz", **found)
            answer(seconds=seconds)
        except Exception as reason:
            traceback.print_exc()
            answer(failed=f"{type(reason).__name__}: {reason}")


if __name__ == "__main__":
    main(*sys.argv[1:])
