"""Rows of `array_table` for `fastad.arrays.matrix_forms`; all smooth."""

import numpy as np
from array_table import row

A = np.array
X = A([0.3, -1.2, 0.7, 2.1])
W = A([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
M = A([[2.0, 0.3, 0.1], [0.4, 1.5, -0.2], [0.2, 0.5, 1.1]])
GAPS = A([0.3, np.nan, -1.2, 0.7])


def of(argument, *expressions):
    """Return a row for each expression of one argument."""
    return [row(f"{e} of {argument.ndim}d", e, argument) for e in expressions]


TURNED = [
    *of(W, "np.fliplr(x)", "np.flipud(x)", "np.flip(x)", "np.rot90(x)", "np.rot90(x, -1)"),
    *of(W, "np.rot90(x, k=2)", "np.rot90(x, 3)", "np.rot90(x, 1)", "np.roll(x, 2)"),
    *of(W, "np.swapaxes(x, 0, 1)", "np.swapaxes(x, -1, 0)", "np.atleast_2d(x)", "np.atleast_1d(x)"),
    *of(W, "np.expand_dims(x, 0)", "np.expand_dims(x, 1)", "np.expand_dims(x, axis=-1)"),
    *of(X, "np.expand_dims(x, 0)", "np.expand_dims(x, -1)", "np.atleast_2d(x)", "np.flipud(x)"),
    row("a view that is written into", "y = x * x; np.expand_dims(y, 0)[0, 1] = x[0]; return y", X),
    row("a turned view", "y = x * x; np.fliplr(y)[:, 0] = x[0, 0]; return y", W),
    *of(X, "np.delete(x, 1)", "np.delete(x, -1)", "np.resize(x, 6)", "np.resize(x, 3)"),
    *of(W, "np.delete(x, 4)", "np.cumprod(x)", "np.take(x, 4)"),
    *of(X, "np.extract(x > 0.5, x)", "np.diagflat(x)", "np.vander(x)", "np.vander(x, 2)"),
    *of(X, "np.take(x, np.array([2, 0, -1]))", "x.take(np.array([1, 1]))", "np.take(x, -2)"),
    row("kron of matrices", "np.kron(x, y)", W, M),
]
STATISTICS = [
    *of(W, "np.cov(x)", "np.cov(x, rowvar=False)", "np.corrcoef(x)", "np.median(x)"),
    *of(M, "np.cov(x, rowvar=False, bias=True)", "np.cov(x, None, True, False, 0)"),
    *of(M, "np.corrcoef(x, rowvar=False)", "np.cov(x, ddof=2)", "np.cov(x, bias=True)"),
    *of(M, "np.cov(x, rowvar=False, ddof=0)"),
    row("cov of two", "np.cov(x, y)", X, X * X),
    row("corrcoef of two", "np.corrcoef(x, y)", X, X * X),
    *of(GAPS, "np.nanmedian(x)", "np.nanpercentile(x, 30.0)", "np.nanquantile(x, 0.7)"),
    *of(W, "np.nanmedian(x)", "np.nanpercentile(x, 30.0)"),
    *of(X, "np.unique(x)", "np.unwrap(4.0 * x)", "np.logspace(x[0], x[1], 5)"),
    *of(W, "np.unique(x)"),
    *of(X, "np.geomspace(x[0], x[2], 4)", "np.geomspace(x[1], 3.0 * x[1], num=3)"),
    *of(X, "np.bincount(np.array([0, 2, 2, 1]), x)", "np.bincount(np.arange(4), x, 6)"),
    *of(X, "np.polynomial.polynomial.polyval(0.3, x)"),
    row("polyval of an array", "np.polynomial.polynomial.polyval(x, y)", X, A([1.0, 2.0, 0.5])),
    *of(X, "x[np.flatnonzero(x > 0)]"),
    *(
        row(e, e, X, refused="forward tape")
        for e in (
            *("x * np.digitize(x, np.array([0.0, 1.0]))", "x * np.isclose(x, 0.3, 0.5)"),
            *("x * np.allclose(x, x)", "x * np.array_equal(x, x)", "x * np.signbit(x)"),
            *("x * np.isin(x, np.array([0.2, 1.0]))", "x[np.nanargmax(x)] * x"),
        )
    ),
]
SELECTED = [
    *of(W, "x[:, np.array([2, 0, 2])]", "x[np.array([1, 1]), :]", "x[1, np.array([2, 0, 2])]"),
    *of(W, "x[np.array([1, 0, 1]), np.array([2, 1, 2])]", "x[..., np.array([1, -1])]"),
    *of(W, "x[:, x[0] > 0] * x[0, 1]", "x[np.array([[0, 1], [1, 1]]), 1]"),
    *of(X, "x[np.array([[0, 3], [1, 1]])]"),
    row(
        "an index that changes later",
        "k = np.array([2, 0, 2]); n = 1; y = x[n:, k]; k[0] = 1; n = 0; return y * x[n, k]",
        W,
    ),
    row(
        "an index that changes in a loop",
        "k = np.array([1, 1]); y = x * x; s = 0.0\n"
        "for i in range(3):\n    k[0] = i; y = y[:, k] * x[0, i]; s += y[0, 1]; y = y + x[:, :2]\n"
        "return y * s",
        W,
    ),
]
MATRICES = {"turned": TURNED, "statistics": STATISTICS, "selected": SELECTED}
