"""Rows of `array_table` at the points where a convention is needed, or much goes wrong."""

import numpy as np
from array_table import row

A = np.array
INF, NAN = np.inf, np.nan
X = A([0.3, -1.2, 0.7])
W = A([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
KNOTS, HEIGHTS = A([0.0, 1.0, 3.0]), A([1.0, 4.0, 0.0])


def at(name, expression, points, slopes, **options):
    """Return rows of a function of one number: on an array of points, and on each of them."""
    rows = [row(name, expression, A(points, float), want=[np.diag(slopes)], **options)]
    for p, slope in zip(points, slopes, strict=True):
        rows.append(row(f"{name} at {p}", expression, float(p), want=[slope], **options))
    return rows


EXTREMES = [
    *(
        row(f"{f} tie", f, A([2.0, 2.0, 1.0]), want=[[0.5, 0.5, 0.0]])
        for f in ("np.max(x)", "np.amax(x)", "x.max()")
    ),
    *(
        row(f"{f} tie", f, A([1.0, 2.0, 1.0]), want=[[0.5, 0.0, 0.5]])
        for f in ("np.min(x)", "np.amin(x)", "x.min()")
    ),
    row(
        "max of three equal", "np.max(x)", A([2.0, 1.0, 2.0, 2.0]), want=[[1 / 3, 0, 1 / 3, 1 / 3]]
    ),
    row("max of tenths", "np.max(x)", A([0.1, 0.1, 0.1]), want=[[1 / 3, 1 / 3, 1 / 3]]),
    row(
        "max of a matrix",
        "np.max(x)",
        A([[2.0, 2.0], [1.0, 2.0]]),
        want=[[[1 / 3, 1 / 3], [0, 1 / 3]]],
    ),
    row("max of inf twice", "np.max(x)", A([INF, 1.0, INF]), want=[[0.5, 0.0, 0.5]]),
    row("max with nan", "np.max(x)", A([1.0, NAN, 2.0]), want=[[0, 0, 0]]),
    row("min with nan first", "np.min(x)", A([NAN, 1.0, -2.0]), want=[[0, 0, 0]]),
    row("max of one", "np.max(x)", A([5.0]), want=[[1.0]]),
    row("max of every other", "np.max(x[::2])", A([1.0, 9.0, 1.0]), want=[[0.5, 0, 0.5]]),
    row(
        "max of a transpose",
        "np.max(x.T)",
        A([[1.0, 3.0], [3.0, 0.0]]),
        want=[[[0, 0.5], [0.5, 0]]],
    ),
    row("ptp tie", "np.ptp(x)", A([1.0, 3.0, 3.0]), want=[[-1.0, 0.5, 0.5]]),
    row("median odd", "np.median(x)", A([3.0, 1.0, 2.0]), want=[[0, 0, 1.0]]),
    row("median even", "np.median(x)", A([3.0, 1.0, 2.0, 7.0]), want=[[0.5, 0, 0.5, 0]]),
    row("median tie", "np.median(x)", A([1.0, 2.0, 2.0]), want=[[0, 1.0, 0]]),
    row("median of two equal", "np.median(x)", A([2.0, 2.0]), want=[[0.5, 0.5]]),
    row("median of one", "np.median(x)", A([4.0]), want=[[1.0]]),
    # Numba's order; of equal items it says which stands where.
    row("partition tie", "np.partition(x, 1)[1:2]", A([2.0, 1.0, 1.0]), want=[[[0, 1.0, 0]]]),
    row("sort tie", "np.sort(x)", A([2.0, 1.0, 2.0, 1.0]), want=[np.eye(4)[[1, 3, 0, 2]]]),
    row("norm inf tie", "np.linalg.norm(x, np.inf)", A([1.0, -1.0, 0.0]), want=[[0.5, -0.5, 0]]),
    row("norm of none", "np.linalg.norm(x[:0], np.inf) + x[0]", A([2.0]), want=[[1.0]]),
    row("norm 2 of zeros", "np.linalg.norm(x, 2)", np.zeros(2), want=[[0, 0]]),
    row("percentile of one", "np.percentile(x, 40.0)", A([4.0]), want=[[1.0]]),
    row("percentile tie", "np.percentile(x, 50)", A([2.0, 1.0, 2.0]), want=[[1.0, 0, 0]]),
    row("percentile at its ends", "np.percentile(x, 100)", A([3.0, 1.0, 2.0]), want=[[1.0, 0, 0]]),
    row("quantile of nan", "np.quantile(x, 0.5)", A([NAN, 1.0]), want=[[0, 0]]),
    row("norm of zeros", "np.linalg.norm(x)", np.zeros(3), want=[[0, 0, 0]]),
    row("norm 3 of zeros", "np.linalg.norm(x, 3)", np.zeros(2), want=[[0, 0]]),
    row("norm 1 at zero", "np.linalg.norm(x, 1)", A([0.0, -2.0]), want=[[0, -1.0]]),
    row(
        "nan_to_num",
        "np.nan_to_num(x)",
        A([NAN, INF, -INF, 2.0]),
        want=[np.diag([0.0, 0, 0, 1.0])],
    ),
]

SUMS = [
    row("prod none", "np.prod(x)", A([2.0, 5.0, 3.0]), want=[[15.0, 6.0, 10.0]]),
    row("prod zero", "np.prod(x)", A([2.0, 0.0, 3.0]), want=[[0, 6.0, 0]]),
    row("prod two zeros", "x.prod()", A([2.0, 0.0, 0.0]), want=[[0, 0, 0]]),
    row(
        "cumprod zero",
        "np.cumprod(x)",
        A([2.0, 0.0, 3.0]),
        want=[[[1.0, 0, 0], [0, 2, 0], [0, 6, 0]]],
    ),
    row(
        "cumprod two zeros",
        "np.cumprod(x)",
        A([2.0, 0.0, 0.0, 3.0]),
        want=[[[1.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]],
    ),
    row("nansum", "np.nansum(x)", A([1.0, NAN, 2.0]), want=[[1.0, 0, 1.0]]),
    row(
        "nancumsum",
        "np.nancumsum(x)",
        A([1.0, NAN, 2.0]),
        want=[np.array([[1.0, 0, 0], [1.0, 0, 0], [1.0, 0, 1.0]])],
    ),
    row(
        "nancumprod",
        "np.nancumprod(x)",
        A([3.0, NAN, 2.0]),
        want=[np.array([[1.0, 0, 0], [1.0, 0, 0], [2.0, 0, 3.0]])],
    ),
    row("nanmean", "np.nanmean(x)", A([1.0, NAN, 2.0]), want=[[0.5, 0, 0.5]]),
    row("nanmax", "np.nanmax(x)", A([1.0, NAN, 2.0, 2.0]), want=[[0, 0, 0.5, 0.5]]),
    row("nanmin", "np.nanmin(x)", A([1.0, NAN, 2.0]), want=[[1.0, 0, 0]]),
    row("nanprod", "np.nanprod(x)", A([3.0, NAN, 0.0]), want=[[0, 0, 3.0]]),
    row("nanvar", "np.nanvar(x)", A([3.0, NAN, 2.0]), want=[[0.5, 0, -0.5]]),
    row("nanstd", "np.nanstd(x)", A([3.0, NAN, 2.0]), want=[[0.5, 0, -0.5]]),
    row("nanstd equal", "np.nanstd(x)", A([3.0, NAN, 3.0]), want=[[0, 0, 0]]),
    row("var equal", "np.var(x)", A([2.0, 2.0, 2.0]), want=[[0, 0, 0]]),
    row("std equal", "np.std(x)", A([2.0, 2.0, 2.0]), want=[[0, 0, 0]]),
    row("std of one", "np.std(x)", A([2.0]), want=[[0]]),
    row("logsumexp one -inf", "fastad.logsumexp(x)", A([-INF, 1.0]), want=[[0, 1.0]]),
    row("logsumexp all -inf", "fastad.logsumexp(x)", A([-INF, -INF]), want=[[0, 0]]),
    row("logsumexp inf", "fastad.logsumexp(x)", A([INF, 1.0]), want=[[1.0, 0]]),
    row("logsumexp two inf", "fastad.logsumexp(x)", A([INF, INF, 1.0]), want=[[0.5, 0.5, 0]]),
    row(
        "det of a singular matrix",
        "np.linalg.det(x)",
        A([[1.0, 2.0], [2.0, 4.0]]),
        want=[[[4.0, -2], [-2, 1]]],
    ),
    row("empty sum", "np.sum(x * x)", np.zeros(0), want=[np.zeros(0)]),
    row("empty prod", "np.prod(x[:0]) * x[0]", X, want=[[1.0, 0, 0]]),
    row("empty sqrt", "np.sum(np.sqrt(x))", np.zeros(0), want=[np.zeros(0)]),
]

# By themselves: NaN times the zero tangent of what else is in a batch is NaN in forward mode.
NOT_A_NUMBER = [
    row("logsumexp nan", "fastad.logsumexp(x)", A([NAN, 1.0]), want=[[NAN, NAN]]),
]

INTERP = [
    row("interp knots", "np.interp(x, y, z)", A([0.5, 2.0]), KNOTS, HEIGHTS),
    row("interp at a number", "np.interp(x, y, z)", 0.5, KNOTS, HEIGHTS),
    row(
        "interp middle knot",
        "np.interp(x, y, z)",
        1.0,
        KNOTS,
        HEIGHTS,
        want=[-2.0, [0, 2.0, 0], [0, 1.0, 0]],
    ),
    row(
        "interp first knot",
        "np.interp(x, y, z)",
        0.0,
        KNOTS,
        HEIGHTS,
        want=[3.0, [-3.0, 0, 0], [1.0, 0, 0]],
    ),
    row(
        "interp last knot",
        "np.interp(x, y, z)",
        3.0,
        KNOTS,
        HEIGHTS,
        want=[0.0, [0, 0, 0], [0, 0, 1.0]],
    ),
    row("interp outside", "np.interp(x, y, z)", A([-1.0, 5.0]), KNOTS, HEIGHTS),
    row("interp nan", "np.interp(x, y, z)", NAN, KNOTS, HEIGHTS, want=[1.0, [0, 0, 0], [0, 0, 0]]),
    row(
        "interp inf", "np.interp(x, y, z)", INF, KNOTS, HEIGHTS, want=[0.0, [0, 0, 0], [0, 0, 1.0]]
    ),
    row(
        "interp of one point",
        "np.interp(x, y, z)",
        0.5,
        A([1.0]),
        A([2.0]),
        want=[0.0, [0.0], [1.0]],
    ),
]

TWO = [
    row(
        "power",
        "np.power(x, y)",
        A([0.0, 0.0, 0.0, 2.0]),
        A([0.0, 1.0, 2.0, 3.0]),
        want=[np.diag([0, 1.0, 0, 12.0]), np.diag([0, 0, 0, 8 * np.log(2)])],
    ),
    row(
        "hypot",
        "np.hypot(x, y)",
        A([0.0, 3.0]),
        A([0.0, 4.0]),
        want=[np.diag([0, 0.6]), np.diag([0, 0.8])],
    ),
    row(
        "arctan2",
        "np.arctan2(x, y)",
        A([0.0, 3.0, 0.0]),
        A([0.0, 4.0, -1.0]),
        want=[np.diag([NAN, 0.16, -1.0]), np.diag([NAN, -0.12, 0])],
    ),
    row(
        "maximum",
        "np.maximum(x, y)",
        A([1.0, 2.0, NAN, 1.0]),
        A([1.0, 3.0, 1.0, NAN]),
        want=[np.diag([0.5, 0, 0, 0]), np.diag([0.5, 1, 0, 0])],
    ),
    row(
        "minimum",
        "np.minimum(x, y)",
        A([1.0, 2.0, NAN, 1.0]),
        A([1.0, 3.0, 1.0, NAN]),
        want=[np.diag([0.5, 1, 0, 0]), np.diag([0.5, 0, 0, 0])],
    ),
    row(
        "fmax",
        "np.fmax(x, y)",
        A([1.0, 2.0, NAN, 1.0]),
        A([1.0, 3.0, 1.0, NAN]),
        want=[np.diag([0.5, 0, 0, 1.0]), np.diag([0.5, 1, 1.0, 0])],
    ),
    row(
        "fmin",
        "np.fmin(x, y)",
        A([1.0, 2.0, NAN, 1.0]),
        A([1.0, 3.0, 1.0, NAN]),
        want=[np.diag([0.5, 1, 0, 1.0]), np.diag([0.5, 0, 1.0, 0])],
    ),
    row(
        "maximum of a constant",
        "np.maximum(x, 0.0)",
        A([0.0, 1.0, -1.0]),
        want=[np.diag([0.5, 1, 0])],
    ),
    row("max of numbers", "max(x, y)", 1.0, 1.0, want=[0.5, 0.5]),
    row("max with nan second", "max(x, y)", 1.0, NAN, want=[1.0, 0.0]),
    row("max with nan in front", "max(x, y)", NAN, 1.0, want=[1.0, 0.0]),
    row("min with nan second", "min(x, y)", 1.0, NAN, want=[1.0, 0.0]),
    row("max of an int", "max(0, x)", 0.0, want=[0.5]),
    row(
        "clip",
        "np.clip(x, -1.0, 1.0)",
        A([1.0, -1.0, 0.0, 2.0]),
        want=[np.diag([0.5, 0.5, 1.0, 0])],
    ),
    row("clip from", "np.clip(x, -1.0, None)", A([-1.0, 0.5, -2.0]), want=[np.diag([0.5, 1.0, 0])]),
    row(
        "clip to",
        "np.clip(x, a_min=None, a_max=1.0)",
        A([1.0, 0.5, 2.0]),
        want=[np.diag([0.5, 1.0, 0])],
    ),
    row(
        "clip by a number and an array",
        "np.clip(x, -1.0, y)",
        A([0.5, 2.0, -3.0]),
        A([1.0, 1.0, 1.0]),
        want=[np.diag([1.0, 0, 0]), np.diag([0, 1.0, 0])],
    ),
    row("clip nan", "np.clip(x, -1.0, 1.0)", A([NAN, 0.5]), want=[np.diag([0, 1.0])]),
    row(
        "clip by arrays",
        "np.clip(x, y, z)",
        A([0.5, 2.0, -3.0]),
        A([0.0, 0.0, 0.0]),
        A([1.0, 1.0, 1.0]),
    ),
    row(
        "mod",
        "x % y",
        A([5.5, -5.5, 6.0]),
        A([2.0, 2.0, 2.0]),
        want=[np.eye(3), np.diag([-2.0, 3, -3])],
    ),
    row("fmod", "np.fmod(x, y)", A([5.5, -5.5]), A([2.0, 2.0])),
    row(
        "floordiv",
        "x // y",
        A([5.5, 4.0]),
        A([2.0, 2.0]),
        want=[np.zeros((2, 2)), np.zeros((2, 2))],
    ),
    row(
        "copysign",
        "np.copysign(x, y)",
        A([1.0, -2.0]),
        A([-1.0, -1.0]),
        want=[np.diag([-1.0, 1.0]), np.zeros((2, 2))],
    ),
    row(
        "logaddexp of -inf",
        "np.logaddexp(x, y)",
        A([-INF, 1.0]),
        A([1.0, -INF]),
        want=[np.diag([0.0, 1.0]), np.diag([1.0, 0])],
    ),
    row(
        "where over nan",
        "np.where(x > 0, np.log(x), 0.0)",
        A([-1.0, 0.0, 2.0]),
        want=[np.diag([0, 0, 0.5])],
    ),
    row(
        "where over sqrt",
        "np.where(x > 0, np.sqrt(x), 0.0)",
        A([0.0, 4.0]),
        want=[np.diag([0, 0.25])],
    ),
    row(
        "where over a quotient",
        "np.where(x != 0, y / x, 0.0)",
        A([0.0, 4.0]),
        A([1.0, 2.0]),
        want=[np.diag([0.0, -0.125]), np.diag([0.0, 0.25])],
    ),
    row(
        "where x log x",
        "np.where(x > 0, x * np.log(x), 0.0)",
        A([0.0, 1.0]),
        want=[np.diag([0.0, 1.0])],
    ),
    row("where isnan", "np.where(np.isnan(x), 0.0, x)", A([NAN, 1.0]), want=[np.diag([0.0, 1.0])]),
]

ONE = [
    *at("abs", "np.abs(x)", [0.0, -2.0], [0, -1.0]),
    *at("sign", "np.sign(x)", [0.0, -2.0], [0, 0]),
    *at("sqrt", "np.sqrt(x)", [0.0, 4.0], [INF, 0.25]),
    *at("log", "np.log(x)", [4.0], [0.25]),
    row("log of zeros", "np.log(x)", A([0.0, 4.0]), want=[np.diag([INF, 0.25])]),
    *at("cbrt", "np.cbrt(x)", [0.0, 8.0], [INF, 1 / 12]),
    *at("power 0", "x ** 0", [0.0, 2.0], [0, 0]),
    *at("power 1", "x ** 1", [0.0, 2.0], [1, 1]),
    *at("power 2", "x ** 2", [0.0, 2.0], [0, 4]),
    *at("power 3", "x ** 3", [0.0, -2.0], [0, 12.0]),
    *at("power half", "x ** 0.5", [0.0, 4.0], [INF, 0.25]),
    *at("power three halves", "x ** 1.5", [0.0, 4.0], [0, 3.0]),
    *at("x times power half", "x * x ** 0.5", [0.0, 4.0], [0, 3.0]),
    *at("x times sqrt", "x * np.sqrt(x)", [0.0, 4.0], [0, 3.0]),
    *at("sqrt of a square", "np.sqrt(x * x)", [0.0, 4.0], [0, 1.0]),
    *at("sqrt of one less a cosine", "np.sqrt(1.0 - np.cos(x))", [0.0, np.pi], [0, 0]),
    *at("quotient of a product and a cbrt", "x * x / np.cbrt(x + 8.0)", [0.0, -7.0], [0, -91 / 3]),
    *at("x over one and its root", "x / (1.0 + np.sqrt(x))", [0.0, 4.0], [1.0, 2 / 9]),
    row("sqrt of a vdot", "math.sqrt(np.vdot(x, x))", A([0.0, 0.0]), want=[[0, 0]]),
    row("sqrt of a dot", "math.sqrt(np.dot(x, x))", A([0.0, 0.0]), want=[[0, 0]]),
    row("sqrt of a sum of squares", "math.sqrt(np.sum(x**2))", A([0.0, 0.0]), want=[[0, 0]]),
    row(
        "a mask times arctan2",
        "y * np.arctan2(x, x)",
        A([0.0, 2.0]),
        A([0.0, 1.0]),
        want=[np.zeros((2, 2)), np.diag([0.0, np.pi / 4])],
    ),
    row(
        "a mask over roots",
        "y / (1.0 + np.sqrt(x))",
        A([0.0, 4.0]),
        A([0.0, 1.0]),
        want=[np.diag([0, -1 / 36]), np.diag([1.0, 1 / 3])],
    ),
    row(
        "a mask vdot sqrt",
        "np.vdot(y, np.sqrt(x))",
        A([0.0, 4.0]),
        A([0.0, 1.0]),
        want=[[0, 0.25], [0, 2.0]],
    ),
    row(
        "a mask dot sqrt",
        "np.dot(y, np.sqrt(x))",
        A([0.0, 4.0]),
        A([0.0, 1.0]),
        want=[[0, 0.25], [0, 2.0]],
    ),
    *at("0 to a power", "0.0 ** x", [0.0, 2.0], [0, 0]),
    *at("x to the x", "x ** x", [1.0, 2.0], [1.0, 4 * (np.log(2) + 1)]),
    *at("sinc", "np.sinc(x)", [0.0, 1.0, 0.5, 1e-5], [0, -1.0, -4 / np.pi, -(np.pi**2) * 1e-5 / 3]),
    *at("floor", "np.floor(x)", [2.0, 0.5], [0, 0]),
    *at("ceil", "np.ceil(x)", [2.0, 0.5], [0, 0]),
    *at("trunc", "np.trunc(x)", [2.0, -0.5], [0, 0]),
    *at("rint", "np.rint(x)", [2.0, 0.5], [0, 0]),
    *at("round", "np.round(x)", [2.0, 0.5], [0, 0]),
]

CASTS = [
    row("float32", "np.float32(x) * x", 0.1, want=[0.2], refused="source forward tape"),
    row("float64", "np.float64(x) * x", 0.1, want=[0.2], refused="forward tape"),
    row("float", "float(x) * x", 0.1, want=[0.2]),
    row("int", "int(x) * x", 2.6, want=[2.0]),
    row("int64", "np.int64(x) * x", 2.6, want=[2.0], refused="forward tape"),
    row("int32", "np.int32(x) * x", 2.6, want=[2.0], refused="forward tape"),
    row("bool", "x if bool(x) else 2 * x", 2.6, want=[1.0]),
    row("math.floor", "math.floor(x) * x", 2.6, want=[2.0]),
    row("builtin round", "round(x) * x", 2.6, want=[3.0]),
    row("astype float64", "x.astype(np.float64) * x", X),
    row("astype float32", "x.astype(np.float32) * x", X, want=[np.diag(np.float32(X) + X)]),
    row("astype int64", "x.astype(np.int64) * x", A([2.5, 3.5]), want=[np.diag([2.0, 3.0])]),
    row(
        "asarray float32",
        "np.asarray(x, dtype=np.float32) * x",
        X,
        want=[np.diag(np.float32(X) + X)],
    ),
    row("asarray float64", "np.asarray(x, dtype=np.float64) * x", X),
    row("index by int", "x[int(x[0])]", A([1.5, 2.0]), want=[[0, 1.0]]),
    row("float32 argument", "np.sum(x * x)", X.astype(np.float32), want=[2 * X.astype(np.float32)]),
    row("Fortran argument", "x[0] * x[1]", np.asfortranarray(W)),
    row("strided argument", "x[0] * x[1]", np.zeros((2, 6))[:, ::2] + 0.0),
    row("divmod", "q, r = divmod(x, y); return q + r * r", 5.5, 2.0),
]

KINKS = {
    "extremes": EXTREMES,
    "sums": SUMS,
    "not a number": NOT_A_NUMBER,
    "interp": INTERP,
    "two": TWO,
    "one": ONE,
    "casts": CASTS,
}
