"""Where forward mode and the tape cost the same: the ground of `fastad.drivers.by_size`'s limits.

``python -m benchmarks.derivatives.modes`` prints the times of both over the number of variables.
"""

import math

import numba
import numpy as np

import fastad

from ..harness import common
from .field import seconds

SIZES = (4, 8, 12, 16, 24, 32, 48, 64)


@numba.njit
def neighbours(x):
    """A chain: work proportional to the number of variables."""
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@numba.njit
def pairs(x):
    """All pairs: work proportional to the square."""
    s = 0.0
    for i in range(x.size):
        for j in range(i):
            s += math.exp(-((x[i] - x[j]) ** 2))
    return s


FUNCTIONS = {"neighbours": neighbours, "pairs": pairs}
DRIVERS = ("grad", "hvp", "hessian")


def both(function, driver, n):
    """Return the times of forward mode and of the tape."""
    x = np.linspace(0.1, 1.0, n)
    arguments = (x, x) if driver == "hvp" else (x,)
    made = [getattr(fastad, driver)(FUNCTIONS[function], mode=mode) for mode in ("forward", "tape")]
    if not np.allclose(made[0](*arguments), made[1](*arguments), rtol=1e-9, atol=1e-12):
        raise AssertionError("the two modes differ")
    return seconds([lambda g=g: g(*arguments) for g in made], rounds=9)


class ForwardOverTape:
    """The time of forward mode over the tape's at the limit where `auto` changes: about 1."""

    params = common.pick((list(FUNCTIONS), DRIVERS), (["pairs"], ["grad"]))
    param_names = ("function", "driver")
    unit = "times"
    timeout = 300

    def track_at_the_limit(self, function, driver):
        forward, tape = both(function, driver, 24 if driver == "hessian" else 16)
        return forward / tape


if __name__ == "__main__":
    for name in FUNCTIONS:
        for kind in DRIVERS:
            print(f"{name}, {kind}: microseconds, forward / tape")
            for size in SIZES:
                first, second = both(name, kind, size)
                print(f"  n = {size:3}: {1e6 * first:9.2f} /{1e6 * second:9.2f}", flush=True)
