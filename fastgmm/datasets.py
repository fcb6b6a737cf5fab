"""Real data shipped with the package."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

if TYPE_CHECKING:
    from ._typing import Float64s


FAITHFUL_FEATURES = ("eruptions", "waiting")


@overload
def load_faithful(return_names: Literal[False] = False) -> Float64s: ...


@overload
def load_faithful(return_names: Literal[True]) -> tuple[Float64s, tuple[str, str]]: ...


@overload
def load_faithful(return_names: bool) -> Float64s | tuple[Float64s, tuple[str, str]]: ...


def load_faithful(return_names: bool = False) -> Float64s | tuple[Float64s, tuple[str, str]]:
    """Load 272 eruptions of the Old Faithful geyser, Yellowstone National Park.

    Each row is one eruption: its duration and the wait until the next one, both in minutes.
    Short eruptions are followed by short waits, so the rows form two elongated clusters: the
    textbook example of a Gaussian mixture.

    Parameters
    ----------
    return_names : bool, default=False
        Whether to return the names of the features as well.

    Returns
    -------
    X : ndarray of shape (272, 2), dtype float64
        Columns ``eruptions`` and ``waiting``, in minutes.
    names : tuple of str
        ``("eruptions", "waiting")``; only if `return_names` is true.

    References
    ----------
    Azzalini, A. and Bowman, A. W. (1990). A look at some data on the Old Faithful geyser.
    Applied Statistics 39, 357-365. The table is the one distributed with R as
    ``datasets::faithful``.

    Examples
    --------
    >>> from fastgmm.datasets import load_faithful
    >>> X, names = load_faithful(return_names=True)
    >>> X.shape, names
    ((272, 2), ('eruptions', 'waiting'))
    >>> X[:2].tolist()
    [[3.6, 79.0], [1.8, 54.0]]
    """
    table = resources.files(__package__) / "data" / "faithful.csv"
    with table.open(encoding="utf-8") as lines:
        X = np.loadtxt(lines, delimiter=",", skiprows=1)
    return (X, FAITHFUL_FEATURES) if return_names else X
