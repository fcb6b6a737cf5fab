"""Use what is installed, from a folder that is not the clone's: ``python CLONE/tools/smoke.py``.

A fit, whose log-likelihood the README has, and a derivative that is known in closed form.
"""

import math
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numba import njit

import fastad
import fastgmm
from fastgmm.datasets import load_faithful

CLONE = Path(__file__).resolve().parents[1]


@njit
def rosenbrock(x):
    return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2


def _check(right, what):
    if not right:
        raise SystemExit(f"wrong: {what}")


def main():
    """Run the checks; end with a message and status 1 where one fails."""
    for package in (fastgmm, fastad):
        place = Path(package.__file__).resolve().parents[1]
        _check(place != CLONE, f"{package.__name__} is the clone's, not what was installed")
    _check(version("fastgmm") == fastgmm.__version__, "the versions of package and metadata differ")

    X = load_faithful()
    model = fastgmm.GaussianMixture(2, random_state=0, tol=1e-9, max_iter=500).fit(X)
    total = model.score(X) * len(X)
    _check(math.isclose(total, -1130.264, abs_tol=2e-3), f"the log-likelihood is {total}")

    x = np.array([-1.2, 1.0])
    wanted = [
        -400.0 * x[0] * (x[1] - x[0] ** 2) - 2.0 * (1.0 - x[0]),
        200.0 * (x[1] - x[0] ** 2),
    ]
    found = fastad.grad(rosenbrock)(x)
    _check(np.allclose(found, wanted, rtol=1e-13), f"the gradient is {found}, not {wanted}")
    print(f"fastgmm {fastgmm.__version__} of {Path(fastgmm.__file__).parent}: right")


if __name__ == "__main__":
    sys.exit(main())
