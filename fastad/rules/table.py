"""The derivative rules: one table, pure data.

Every row says what an operation computes, what its partial derivatives are, where tests sample
them, and what they are where the mathematics leaves a choice.  The methods of `Dual`, the
overloads for `Jet`, the tapes, source transformation and the tests are all made from these rows,
so a new function is a new row.

Expressions are Python.  ``x`` and ``y`` are the arguments, ``r`` is the result; the other
names are those of :mod:`fastad.rules.primals`, the functions of this table themselves, and the
constants below.  A partial may use ``r`` where that saves work and loses no accuracy; most
rows that do not use it avoid a cancellation (``1 - tanh(x)**2`` loses every digit at 20).

Conventions at singular points
------------------------------
A *strong zero* makes a product 0, though the other factor is infinite or NaN.

* ``strong``: a zero tangent (or cotangent) is a strong zero, so that ``sqrt`` at a zero that
  does not depend on the seed gives no NaN.  It is false for rules whose partials are finite
  wherever the arguments and the result are (``*``, ``exp``, ``sin``, ..., and powers with a
  constant integer exponent of at least 1).  These multiply as IEEE does, where 0 times inf is NaN
  only once a value has overflowed; a test would make compiled products 40 percent slower.
* ``weighs``: a zero partial is a strong zero, too, wherever a tangent may be infinite or NaN.  It
  is true for ``*`` and ``/``: ``x * sqrt(x)`` has derivative 0 at 0, and an item that a mask
  multiplies by 0 contributes nothing, even if its tangent is NaN.
* ``selects``: a zero partial is always a strong zero, as the partials choose between the arguments
  (abs, min, max, copysign): what was not chosen contributes nothing, even if its tangent is NaN.
* ``steep``: a partial may be infinite or NaN at finite arguments with a finite result.  The reverse
  sweep of source transformation makes both zeros of a product strong, whatever its rule, if the
  cotangent may have passed a steep operation (:mod:`fastad.source.analysis.steepness`).
* The derivative of ``abs`` at 0 is 0; a tie of ``min`` or ``max`` gives each argument a
  half; ``x**0`` has derivative 0 everywhere; ``hypot`` at the origin has derivative 0 (the
  subgradient of least norm).  ``sqrt`` and ``cbrt`` at 0 have derivative ``inf``, which is
  the limit.  Steps (floor, sign, ``//``) have derivative 0 also at their jumps.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapters 2 and 14.
DLMF, https://dlmf.nist.gov, sections 4.7, 4.20, 4.34, 5.2, 5.15 and 7.2.
"""

from typing import NamedTuple

from .partials import PI_SQUARED, POW_BY_BASE, POW_BY_EXPONENT, sinc_curve


class Rule(NamedTuple):
    """One differentiable operation.

    Parameters
    ----------
    name : str
        Its name in fastad, and the field's name for it.
    primal : str
        The operation as a Python expression in ``x``, and ``y`` if it has two arguments.
    partials : tuple of str
        The partial derivative by each argument, in ``x``, ``y`` and the result ``r``.
        ``None`` for an argument that is never differentiated (an integer order).
    domain : tuple of (float, float)
        For each argument the interval that tests sample. The operation is infinitely often
        differentiable there, but for isolated points.
    overloads : tuple of str
        The functions that compute it: ``operator.add``, ``math.sin``, ``np.sin``.
    strong : bool, default True
        Whether a zero tangent is a strong zero (see the conventions).
    weighs : bool, default False
        Whether a zero partial is a strong zero wherever a tangent may be infinite or NaN.
    selects : bool, default False
        Whether a zero partial is always a strong zero: the partials choose between arguments.
    steep : bool, default False
        Whether a partial may be infinite or NaN at finite arguments with a finite result.
    ulps : float, default 4
        The accuracy of the partials over the domain, in units of the last place.
    at : tuple of (point, partials)
        The partials promised at kinks and singular points.
    """

    name: str
    primal: str
    partials: tuple
    domain: tuple
    overloads: tuple = ()
    strong: bool = True
    weighs: bool = False
    selects: bool = False
    steep: bool = False
    ulps: float = 4.0
    at: tuple = ()

    @property
    def arity(self):
        """Number of arguments."""
        return len(self.partials)


_ANY = (-20.0, 20.0)
_POSITIVE = (1e-3, 1e3)
_INF, _NAN = float("inf"), float("nan")

RULES = (
    # Arithmetic.
    Rule("add", "x + y", ("1.0", "1.0"), (_ANY, _ANY), ("operator.add", "np.add")),
    Rule("sub", "x - y", ("1.0", "-1.0"), (_ANY, _ANY), ("operator.sub", "np.subtract")),
    Rule(
        "mul",
        "x * y",
        ("y", "x"),
        (_ANY, _ANY),
        ("operator.mul", "np.multiply"),
        strong=False,
        weighs=True,
    ),
    Rule(
        "truediv",
        "x / y",
        ("1.0 / y", "-r / y"),
        (_ANY, _POSITIVE),
        ("operator.truediv", "np.divide", "np.true_divide"),
        weighs=True,
    ),
    Rule(
        "floordiv",
        "x // y",
        ("0.0", "0.0"),
        (_ANY, _POSITIVE),
        ("operator.floordiv", "np.floor_divide"),
    ),
    # Within a step of x // y that quotient is constant: d/dy (x - (x // y) y) = -(x // y).
    Rule(
        "mod",
        "x % y",
        ("1.0", "-(x // y)"),
        (_ANY, (0.5, 8.0)),
        ("operator.mod", "np.mod", "np.remainder"),
    ),
    Rule(
        "fmod",
        "fmod(x, y)",
        ("1.0", "-rint((x - r) / y)"),
        (_ANY, (0.5, 8.0)),
        ("np.fmod",),
        at=(((1.0, 0.1), (1.0, -9.0)),),
    ),
    Rule(
        "pow",
        "x ** y",
        (
            POW_BY_BASE,
            POW_BY_EXPONENT,
        ),
        ((0.1, 10.0), (-4.0, 4.0)),
        ("operator.pow", "builtins.pow", "math.pow", "np.power"),
        steep=True,
        ulps=8.0,  # the rounding of y - 1 is multiplied by log(x) and by up to 4
        at=(((0.0, 0.0), (0.0, 0.0)), ((0.0, 2.0), (0.0, 0.0)), ((0.0, 1.0), (1.0, 0.0))),
    ),
    Rule("neg", "-x", ("-1.0",), (_ANY,), ("operator.neg", "np.negative")),
    Rule("pos", "+x", ("1.0",), (_ANY,), ("operator.pos", "np.positive")),
    Rule("square", "x * x", ("2.0 * x",), (_ANY,), ("np.square",), strong=False),
    Rule("reciprocal", "1.0 / x", ("-r * r",), (_POSITIVE,), ("np.reciprocal",)),
    # Selection.
    Rule(
        "abs",
        "abs(x)",
        ("sign(x)",),
        (_ANY,),
        ("builtins.abs", "math.fabs", "np.abs", "np.absolute", "np.fabs"),
        selects=True,
        at=(((0.0,), (0.0,)),),
    ),
    # Python's: the result is x unless y < x (y > x); so it is x if one of them is NaN.
    Rule(
        "min",
        "min(x, y)",
        (
            "0.0 if y < x else (0.5 if x == y else 1.0)",
            "1.0 if y < x else (0.5 if x == y else 0.0)",
        ),
        (_ANY, _ANY),
        ("builtins.min",),
        selects=True,
        at=(((1.0, 1.0), (0.5, 0.5)),),
    ),
    Rule(
        "max",
        "max(x, y)",
        (
            "0.0 if y > x else (0.5 if x == y else 1.0)",
            "1.0 if y > x else (0.5 if x == y else 0.0)",
        ),
        (_ANY, _ANY),
        ("builtins.max",),
        selects=True,
        at=(((1.0, 1.0), (0.5, 0.5)),),
    ),
    # NumPy's: if x or y is NaN, so is the result, which then has no derivative.
    Rule(
        "minimum",
        "minimum(x, y)",
        (
            "1.0 if x < y else (0.5 if x == y else 0.0)",
            "1.0 if y < x else (0.5 if x == y else 0.0)",
        ),
        (_ANY, _ANY),
        ("np.minimum",),
        selects=True,
        at=(((1.0, 1.0), (0.5, 0.5)), ((1.0, _NAN), (0.0, 0.0))),
    ),
    Rule(
        "maximum",
        "maximum(x, y)",
        (
            "1.0 if x > y else (0.5 if x == y else 0.0)",
            "1.0 if y > x else (0.5 if x == y else 0.0)",
        ),
        (_ANY, _ANY),
        ("np.maximum",),
        selects=True,
        at=(((1.0, 1.0), (0.5, 0.5)), ((1.0, _NAN), (0.0, 0.0))),
    ),
    # The result is the number if the other argument is NaN.
    Rule(
        "fmin",
        "fmin(x, y)",
        (
            "0.0 if x > y or x != x else (0.5 if x == y else 1.0)",
            "0.0 if y > x or y != y else (0.5 if x == y else 1.0)",
        ),
        (_ANY, _ANY),
        ("np.fmin",),
        selects=True,
        at=(((1.0, 1.0), (0.5, 0.5)), ((1.0, _NAN), (1.0, 0.0))),
    ),
    Rule(
        "fmax",
        "fmax(x, y)",
        (
            "0.0 if x < y or x != x else (0.5 if x == y else 1.0)",
            "0.0 if y < x or y != y else (0.5 if x == y else 1.0)",
        ),
        (_ANY, _ANY),
        ("np.fmax",),
        selects=True,
        at=(((1.0, 1.0), (0.5, 0.5)), ((1.0, _NAN), (1.0, 0.0))),
    ),
    Rule(
        "copysign",
        "copysign(x, y)",
        ("copysign(1.0, x) * copysign(1.0, y)", "0.0"),
        (_ANY, _ANY),
        ("math.copysign", "np.copysign"),
        selects=True,
    ),
    # Steps.
    Rule("sign", "sign(x)", ("0.0",), (_ANY,), ("np.sign",), at=(((0.0,), (0.0,)),)),
    Rule("floor", "floor(x)", ("0.0",), (_ANY,), ("np.floor",), at=(((2.0,), (0.0,)),)),
    Rule("ceil", "ceil(x)", ("0.0",), (_ANY,), ("np.ceil",), at=(((2.0,), (0.0,)),)),
    Rule("rint", "rint(x)", ("0.0",), (_ANY,), ("np.rint",), at=(((2.5,), (0.0,)),)),
    Rule("trunc", "trunc(x)", ("0.0",), (_ANY,), ("np.trunc",), at=(((2.0,), (0.0,)),)),
    # Roots, exponentials, logarithms.
    Rule(
        "sqrt",
        "sqrt(x)",
        ("0.5 / r",),
        (_POSITIVE,),
        ("math.sqrt", "np.sqrt"),
        steep=True,
        at=(((0.0,), (_INF,)),),
    ),
    Rule(
        "cbrt",
        "cbrt(x)",
        ("INF if x == 0 else r / (3.0 * x)",),
        (_POSITIVE,),
        ("np.cbrt",),
        steep=True,
        ulps=6.0,  # the C library's cbrt has an error of its own
        at=(((0.0,), (_INF,)),),
    ),
    Rule("exp", "exp(x)", ("r",), (_ANY,), ("math.exp", "np.exp"), strong=False),
    Rule("expm1", "expm1(x)", ("exp(x)",), (_ANY,), ("math.expm1", "np.expm1"), strong=False),
    Rule("exp2", "exp2(x)", ("r * LN2",), (_ANY,), ("np.exp2",), strong=False),
    Rule(
        "log", "log(x)", ("1.0 / x",), (_POSITIVE,), ("math.log", "np.log"), at=(((0.0,), (_INF,)),)
    ),
    Rule("log1p", "log1p(x)", ("1.0 / (1.0 + x)",), ((-0.9, 1e3),), ("math.log1p", "np.log1p")),
    Rule("log2", "log2(x)", ("1.0 / (x * LN2)",), (_POSITIVE,), ("math.log2", "np.log2")),
    Rule("log10", "log10(x)", ("1.0 / (x * LN10)",), (_POSITIVE,), ("math.log10", "np.log10")),
    Rule(
        "logaddexp",
        "logaddexp(x, y)",
        ("sigmoid(x - y)", "sigmoid(y - x)"),
        (_ANY, _ANY),
        ("np.logaddexp",),
        ulps=32.0,  # the rounding of x - y, up to 40, passes through an exponential
        strong=False,
    ),
    Rule("sigmoid", "sigmoid(x)", ("r * sigmoid(-x)",), (_ANY,), ulps=6.0, strong=False),
    Rule("softplus", "softplus(x)", ("sigmoid(x)",), (_ANY,), strong=False),
    # Circular and hyperbolic functions.
    Rule("sin", "sin(x)", ("cos(x)",), (_ANY,), ("math.sin", "np.sin"), strong=False),
    Rule("cos", "cos(x)", ("-sin(x)",), (_ANY,), ("math.cos", "np.cos"), strong=False),
    Rule("tan", "tan(x)", ("1.0 + r * r",), (_ANY,), ("math.tan", "np.tan"), strong=False),
    Rule(
        "asin",
        "asin(x)",
        ("1.0 / sqrt((1.0 - x) * (1.0 + x))",),
        ((-1.0, 1.0),),
        ("math.asin", "np.arcsin"),
        steep=True,
        at=(((1.0,), (_INF,)),),
    ),
    Rule(
        "acos",
        "acos(x)",
        ("-1.0 / sqrt((1.0 - x) * (1.0 + x))",),
        ((-1.0, 1.0),),
        ("math.acos", "np.arccos"),
        steep=True,
        at=(((1.0,), (-_INF,)),),
    ),
    Rule(
        "atan",
        "atan(x)",
        ("1.0 / (1.0 + x * x)",),
        (_ANY,),
        ("math.atan", "np.arctan"),
        strong=False,
    ),
    Rule(
        "atan2",
        "atan2(x, y)",
        ("(y / hypot(x, y)) / hypot(x, y)", "-(x / hypot(x, y)) / hypot(x, y)"),
        (_ANY, _ANY),
        ("math.atan2", "np.arctan2"),
        steep=True,
        ulps=6.0,
    ),
    Rule(
        "hypot",
        "hypot(x, y)",
        ("0.0 if r == 0 else x / r", "0.0 if r == 0 else y / r"),
        (_ANY, _ANY),
        ("math.hypot", "np.hypot"),
        at=(((0.0, 0.0), (0.0, 0.0)),),
    ),
    # sin(pi x) / (pi x), and its derivative.
    Rule("sinc", "sinc(x)", ("sinc_slope(x)",), ((0.05, 1.2),), ("np.sinc",), ulps=16.0),
    Rule(
        "sinc_slope",
        "sinc_slope(x)",
        (sinc_curve(),),
        ((0.05, 0.5),),
        ulps=64.0,
        at=(((0.0,), (-PI_SQUARED / 3.0,)),),
    ),
    Rule("sinh", "sinh(x)", ("cosh(x)",), (_ANY,), ("math.sinh", "np.sinh"), strong=False),
    Rule("cosh", "cosh(x)", ("sinh(x)",), (_ANY,), ("math.cosh", "np.cosh"), strong=False),
    Rule(
        "tanh",
        "tanh(x)",
        ("1.0 / cosh(x) / cosh(x)",),
        (_ANY,),
        ("math.tanh", "np.tanh"),
        ulps=6.0,
        strong=False,
    ),
    Rule(
        "asinh",
        "asinh(x)",
        ("1.0 / hypot(1.0, x)",),
        (_ANY,),
        ("math.asinh", "np.arcsinh"),
        strong=False,
    ),
    Rule(
        "acosh",
        "acosh(x)",
        ("1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))",),
        ((1.0, 1e3),),
        ("math.acosh", "np.arccosh"),
        steep=True,
        at=(((1.0,), (_INF,)),),
    ),
    Rule(
        "atanh",
        "atanh(x)",
        ("1.0 / ((1.0 - x) * (1.0 + x))",),
        ((-1.0, 1.0),),
        ("math.atanh", "np.arctanh"),
        at=(((1.0,), (_INF,)),),
    ),
    Rule(
        "degrees", "degrees(x)", ("DEGREES",), (_ANY,), ("math.degrees", "np.degrees", "np.rad2deg")
    ),
    Rule(
        "radians", "radians(x)", ("RADIANS",), (_ANY,), ("math.radians", "np.radians", "np.deg2rad")
    ),
    # Special functions.
    Rule(
        "erf",
        "erf(x)",
        ("TWO_OVER_SQRT_PI * exp_neg_square(x)",),
        ((-8.0, 8.0),),
        ("math.erf",),
        strong=False,
    ),
    Rule(
        "erfc",
        "erfc(x)",
        ("-TWO_OVER_SQRT_PI * exp_neg_square(x)",),
        ((-8.0, 8.0),),
        ("math.erfc",),
        strong=False,
    ),
    Rule("exp_neg_square", "exp_neg_square(x)", ("-2.0 * x * r",), ((-8.0, 8.0),), strong=False),
    # Away from the roots of digamma (1.46..., -0.50...), where its *relative* error grows.
    Rule("gamma", "gamma(x)", ("r * digamma(x)",), ((2.0, 50.0),), ("math.gamma",), ulps=16.0),
    Rule("lgamma", "lgamma(x)", ("digamma(x)",), ((2.0, 1e3),), ("math.lgamma",), ulps=8.0),
    # Below 0 polygamma, and so its derivative, is NaN.
    Rule("digamma", "digamma(x)", ("polygamma(1, x)",), ((0.1, 1e3),), steep=True, ulps=16.0),
    Rule(
        "polygamma",
        "polygamma(x, y)",
        (None, "polygamma(x + 1, y)"),
        ((1, 4), (0.1, 50.0)),
        ulps=64.0,
    ),
)

BY_NAME = {rule.name: rule for rule in RULES}

# Comparisons compare values: they have no derivative, but a program may branch on them.
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
