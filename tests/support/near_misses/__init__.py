"""Programs that just miss the condition of an optimisation, or say the same in another way.

Each was written to fall into a gap between what a pass of `fastad.source` assumes and what it
checks, and a third of them did: the derivative was wrong.
"""

import importlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

X3 = np.array([1.3, 0.7, 2.1])
X6 = np.array([1.3, 0.7, 2.1, 0.4, 1.9, 1.1])
HERE = Path(__file__).parent
# Found and not listed: a module that is left out of a list says nothing, ever.
FILES = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "__init__")


class Case(NamedTuple):
    """A program, its arguments, and by which of them it is differentiated."""

    f: object
    args: tuple
    argnums: tuple


_CASES = []


def case(*args, argnums=(0,)):
    """Return a decorator that adds an @njit function to the cases."""

    def add(f):
        _CASES.append(Case(f, args, argnums))
        return f

    return add


def cases():
    """Return all cases."""
    for name in FILES:
        importlib.import_module(f"near_misses.{name}")
    return _CASES
