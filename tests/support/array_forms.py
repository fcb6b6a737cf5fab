"""Rows of `array_table` for what moves, joins, sums and multiplies whole arrays; all smooth."""

import numpy as np
from array_table import row
from numpy_names import TRAPEZOID

A = np.array
X = A([0.3, -1.2, 0.7])
W = A([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
CUBE = W.reshape((1, 3, 2))
M = A([[2.0, 0.3, 0.1], [0.4, 1.5, -0.2], [0.2, 0.5, 1.1]])


def of(argument, *expressions):
    """Return a row for each expression of one argument."""
    return [row(e, e, argument) for e in expressions]


VIEWS = of(
    W,
    *("x.copy()", "np.copy(x)", "x.flatten()", "x.ravel()", "np.ravel(x)", "x.reshape(-1)"),
    *("x.reshape((3, 2))", "np.reshape(x, (3, 2))", "x.T", "x.T.flatten()", "x.transpose()"),
    *("np.transpose(x)", "np.ascontiguousarray(x.T)", "np.asarray(x)", "x[::-1, ::2]", "x[:, 1]"),
    *("x[..., 1]", "np.array([x[0, 0], x[1, 1]])", "np.array([[x[0, 0], 1.0], [2.0, x[1, 1]]])"),
    *("x[np.array([1, 1])]", "x * x[0]", "x + x[:, :1]"),
)
VIEWS += [
    row("np.array of a tuple", "np.array((x[0, 0], x[1, 1]))", W),
    row("np.array of floats", "np.array([x[0, 0], 1.0], dtype=np.float64)", W),
    row("nditer", "s = 0.0; for a in np.nditer(x): s += a * a; return s", W, refused="source"),
    row("flat", "s = 0.0\nfor v in x.T.flat:\n    s = s * v + x.flat[1]\nreturn s", W),
    row(
        "ndindex",
        "s = 0.0\nfor i, j in np.ndindex(x.shape):\n    s = s * x[i, j] + i\nreturn s",
        W,
    ),
    row(
        "ndenumerate",
        "y = x * x\nfor k, v in np.ndenumerate(x):\n    y[k] = v * x[0, k[1]]\nreturn y",
        W,
    ),
    row("in", "return x[0] ** 2 if 5.0 in x else x[1] * x[2]", X),
]
ORDERS = [
    *of(X, "np.flip(x)", "np.roll(x, 1)", "np.sort(x)", "x[np.array([2, 0, 2])]", "x[x > 0]"),
    *of(X, "x[np.argsort(x)]", "x[np.argmax(x)]", "np.diff(x)", "x[::-1] * x"),
    *of(X, "np.linspace(x[0], x[1], 4)", "np.linspace(x[0], x[1])", "np.full_like(x, x[1])"),
    *of(X, "np.diff(x, 2)", "np.diff(x, n=3)", "x * np.searchsorted(np.arange(3.0) - 1, x[0])"),
    *of(M, "np.tril(x)", "np.tril(x, -1)", "np.triu(x, 1)", "np.triu(x, k=-1)"),
    *of(M, "np.diag(x)", "np.trace(x)"),
    row("diff of rows", "np.diff(x)", M),
    row("diag of a vector", "np.diag(x)", X),
    row("repeat", "np.repeat(x, 2)", X),
    row("repeat rows", "k = x.shape[0]; return x.repeat(k)", W),
    row("partition", "k = x.shape[0] // 2; return np.partition(x * x, k)", X),
    row("partition at two", "k = x.shape[0] // 2; return np.partition(x * x, [k - 1, k]) * x", X),
    row("partition rows", "np.partition(x * x, 1)", M),
    row("partition rows at two", "np.partition(x * x, [0, 1]) * x", M),
    row("argpartition", "x[np.argpartition(x, 1)] * x", X),
    row("kron", "np.kron(x, x * x)", X),
    row("nan_to_num of numbers", "np.nan_to_num(x)", X),
    row("ediff1d", "np.ediff1d(x)", X),
    row("ediff1d of rows", "np.ediff1d(x)", W),
    row("full", "np.full(3, x[0])", X),
    row("full float64", "np.full(3, x[0], np.float64)", X),
    row("full_like float64", "np.full_like(x, x[1], np.float64)", X),
    row("full, bound again", "y = np.full(3, x[0]); for i in range(2): y = y * x; return y", X),
    row("full_like of data", "np.full_like(np.arange(3.0), x[1]) * x", X),
    row("full of rows", "(np.full((2, 3), x[0]) * x).sum(axis=0)", X),
    row("y[mask] = 0", "y = x * 2; y[x < 0] = 0.0; return y", X),
    row("y[:] =", "y = np.empty_like(x); y[:] = x * x; return y", X),
    row("y[index] twice", "y = np.zeros_like(x); y[np.array([0, 0, 2])] = x; return y", X),
    row("y[index] += twice", "y = x * x; y[np.array([0, 0, -1])] += x; return y", X),
    row("y[index] = y", "y = x * x; y[np.array([2, 0])] = y[:2]; return y", X),
    row("y[mask] = array", "y = x * x; m = x > 0; y[m] = x[:2] * y[0]; y[m] *= x[1:]; return y", X),
    row(
        "y[mask] rows",
        "y = x * x; y[x[:, 0] > 1] = x[0]; y[x[:, 0] < 1, 1:] += x[1, 0]; return y",
        W,
    ),
    row(
        "y[:, index]",
        "y = x * x; k = np.array([2, 0]); y[:, k] = x[:, 1:]; y[:, k] *= x[0, :2]; "
        "y[0, k] += x[1, 1]; return y",
        W,
    ),
    row(
        "y[np.where]",
        "y = x * x; y[np.where(x > 0)] = x[1]; return y[np.nonzero(x < 0)[0]] * y[0]",
        X,
    ),
    row(
        "index of integers",
        "r = np.empty(3, np.int64); r[np.argsort(x)] = np.arange(3); return x * r",
        X,
    ),
    row("y += x", "y = x.copy(); y += x; y *= x; return y", X),
]
JOINED = [
    row(
        f"{name} {n} of {a.ndim}d",
        f"np.{name}(({', '.join('xy'[k % 2] for k in range(n))}))",
        a,
        a + 1,
    )
    for name in ("concatenate", "hstack", "vstack", "stack", "column_stack")
    for n, a in ((2, X), (4, X), (3, W))
]
JOINED += [
    row("concatenate lengths", "np.concatenate((x, y, x))", X, A([1.0])),
    row("append", "np.append(x, y)", X, A([1.0, 2.0])),
]
JOINED += [
    row("dstack 1d", "np.dstack((x, y))", X, X + 1),
    row("dstack 2d", "np.dstack((x, y))", W, W + 1),
    row("dstack 3d", "np.dstack((x, y))", CUBE, CUBE + 1),
    row("concatenate numbers", "np.concatenate((x, np.ones(2), np.arange(2)))", X),
    row("concatenate axis", "np.concatenate((x, y), axis=-1)", W, W + 1),
    row("concatenate 3d", "np.concatenate((x, y, x), 1)", CUBE, CUBE[:, :1]),
    row("concatenate to data", "np.concatenate((np.ones((1, 3)), x), 0)", W),
    row(
        "concatenate along some axis", "k = x.size % 2; return np.concatenate((x, y), k)", W, W + 1
    ),
    row("stack axis", "np.stack((x, y, x), axis=1)", W, W + 1),
    row("stack last axis", "np.stack((x, y), -1)", W, W + 1),
    row("column_stack 1d 2d", "np.column_stack((x, y))", X, W.T),
    row("append a number", "np.append(x, y[1])", X, X + 1),
    row("append rows", "np.append(x, y)", W, X),
    *(
        row(name, body, *args, refused="source")
        for name, body, *args in (
            ("a join's reductions", "y = np.hstack((x, x * x)); return y.std() * y.sum()", X),
            (
                "a join in a branch",
                "y = x; if x[0] > 0: y = np.append(x[:2], x[2]); return y.mean()",
                X,
            ),
        )
    ),
]
TOTALS = [
    *of(
        W,
        "np.sum(x)",
        "np.sum(x, axis=0)",
        "np.sum(x, 1)",
        "x.sum(axis=-1)",
        "x.sum(0)",
        "x.mean()",
    ),
    *of(
        W, "np.sum(x.T, axis=0)", "np.mean(x)", "np.prod(x)", "np.var(x)", "np.std(x)", "np.ptp(x)"
    ),
    *of(X, "np.cumsum(x)", "x.cumsum()", "np.cumsum(x[::-1])", "np.cumprod(x)", "np.std(x[::2])"),
    *of(X, "fastad.logsumexp(x)", "fastad.logsumexp(x[::2])", "np.linalg.norm(x)"),
    row("sum along some axis", "k = x.shape[0] - 1; return np.sum(x, k) * x[0, 0]", W),
    row("sum in a type", "np.sum(x, dtype=np.float64, axis=1) * x[0, 0]", W),
    row("sum along a last axis", "k = -x.shape[0]; return np.sum(x * x, axis=k)", W),
    row("sum along some axis of a cube", "k = x.ndim - 2; return np.sum(x * x, axis=k)", CUBE),
    row("norm of a matrix", "np.linalg.norm(x)", W),
    row("logsumexp of a matrix", "fastad.logsumexp(x)", W),
    row("trapezoid", f"np.{TRAPEZOID}(x, y)", X, A([0.0, 1.0, 3.0])),
    row("trapezoid evenly", f"np.{TRAPEZOID}(x)", X),
    row("trapezoid spaced", f"np.{TRAPEZOID}(x, dx=0.5)", X),
    row("clip by a variable", "np.clip(x, x[0], 0.7 + x[0])", X),
    row("interp of a cube", "np.interp(x.reshape((1, 2, 3)), y, y * y)", W, A([-2.0, 0.0, 3.0])),
    row("interp of a matrix", "np.interp(x, y, y * y)", W, A([-2.0, 0.0, 3.0])),
    row("cross", "np.cross(x, y)", X, X * X),
    row("cross of rows", "np.cross(x, x * x)", M),
    row("cross of rows and one", "np.cross(x, y) + np.cross(y, x * x)", M, X),
    row("methods", "x.var() * x.std()", W),
    row(
        "norm 1 2 inf",
        "np.linalg.norm(x, 1) * np.linalg.norm(x, ord=2) * np.linalg.norm(x, np.inf)",
        X,
    ),
    row(
        "norm -inf 3 half",
        "np.linalg.norm(x, -np.inf) * np.linalg.norm(x, 3) + np.linalg.norm(x, 0.5)",
        X,
    ),
    row("norm by an order", "np.linalg.norm(np.arange(1.0, 4.0), x)", 2.0, refused="source"),
    row("percentile", "np.percentile(x, 30) * np.quantile(x, 0.8)", X),
    row("percentiles", "np.percentile(x, np.array([10.0, 95.0])) * np.quantile(x, 0.3)", W),
    row("quantile by its place", "np.quantile(x, y)", X, 0.6),
    row("average", "np.average(x) * np.average(x, weights=y)", X, A([0.5, 1.0, 2.0])),
    row("average of rows", "np.average(x, weights=x * x)", W),
    row("where", "np.where(x > 0, x, y)", X, A([1.0, 2.0, 3.0])),
    row("where of one item", "np.where(y > 1.5, x[:1], x * x)", X, A([1.0, 2.0, 3.0])),
    row("where by one item", "np.where(y[:1] > 1.5, x, x * x)", X, A([1.0, 2.0, 3.0])),
    row("where of a row and a column", "np.where(x > 0, x[:1], x[:, :1])", W),
    row("where of a vector and a number", "np.where(x > 0, y, y[1])", W, X),
    row("full_like a variable", "x * np.full_like(x, 2.0)", X),
]
PRODUCTS = [
    row("matrix matrix", "x @ y", W, M),
    row("matrix vector", "x @ y", W, X),
    row("vector matrix", "x @ y", X, W.T.copy()),
    row("vector vector", "np.dot(x, y)", X, A([1.0, 2.0, 3.0])),
    row("transpose matrix", "np.dot(x.T, x)", W),
    row("vdot", "np.vdot(x, y)", X, X + 1),
    row("outer", "np.outer(x, y)", X, A([1.0, 2.0])),
    row("convolve", "np.convolve(x, y)", X, A([1.0, 2.0])),
    row("convolve valid", "np.convolve(y, x, mode='valid')", X, A([1.0, 2.0])),
    row("convolve same", "np.convolve(x, y, 'same')", X, A([1.0, 2.0])),
    row("correlate", "np.correlate(x, y)", X, A([1.0, 2.0])),
    row("solve", "np.linalg.solve(x, y)", M, X),
    row("inv", "np.linalg.inv(x)", M),
    row("det", "np.linalg.det(x)", M),
    row("slogdet", "np.linalg.slogdet(x)[1]", M),
    row("cholesky", "np.linalg.cholesky(x @ x.T)", M),
    row("eigh", "np.linalg.eigh(x + x.T)[0]", M),
    row("eigvalsh", "np.linalg.eigvalsh(x + x.T)", M),
]
FORMS = {
    "views": VIEWS,
    "orders": ORDERS,
    "joined": JOINED,
    "totals": TOTALS,
    "products": PRODUCTS,
}
