import itertools

import mpmath
import numba
import numpy as np
import pytest
from fastad_oracles import mp_primal, samples, ulps

import fastad
from fastad.numbers.overloads import resolve
from fastad.rules import primals
from fastad.rules.codegen import primal_function
from fastad.rules.table import BY_NAME, RULES


def named(rules=RULES):
    return pytest.mark.parametrize("rule", rules, ids=lambda r: r.name)


def compiled(rule):
    """Return an njit function: the arguments -> value and partials, through Jets."""
    function = fastad.FUNCTIONS.get(rule.name) or resolve(rule.overloads[0])
    Jet = fastad.Jet
    if rule.arity == 1:

        @numba.njit
        def evaluate(x):
            r = function(Jet(x, (1.0,)))
            return r.value, r.partials

    elif None in rule.partials:

        @numba.njit
        def evaluate(x, y):
            r = function(x, Jet(y, (1.0,)))
            return r.value, r.partials

    else:

        @numba.njit
        def evaluate(x, y):
            r = function(Jet(x, (1.0, 0.0)), Jet(y, (0.0, 1.0)))
            return r.value, r.partials

    return evaluate


@named()
def test_partials_against_mpmath(rule):
    evaluate, exact = compiled(rule), mp_primal(rule)
    for point in samples(rule, 60, np.random.default_rng(0)):
        value, partials = evaluate(*point)
        assert value == pytest.approx(primal_function(rule.name)(*point), rel=1e-14, abs=1e-14)
        active = [i for i, p in enumerate(rule.partials) if p is not None]
        for got, index in zip(partials, active, strict=True):
            with mpmath.workdps(60):
                arguments = [
                    mpmath.mpf(v) if p is not None else v
                    for v, p in zip(point, rule.partials, strict=True)
                ]

                def along(t, index=index, arguments=arguments):
                    moved = list(arguments)
                    moved[index] = mpmath.mpf(t)
                    return exact(*moved)

                wanted = mpmath.diff(along, point[index])
            assert ulps(got, wanted) <= rule.ulps, (point, index, got, wanted)


def compiled_second(rule):
    """Return an njit function: the arguments -> second derivative along (1, 1), by Jets of Jets."""
    function = fastad.FUNCTIONS.get(rule.name) or resolve(rule.overloads[0])
    Jet = fastad.Jet
    if rule.arity == 1:

        @numba.njit
        def evaluate(x):
            return function(Jet(Jet(x, (1.0,)), (1.0,))).partials[0].partials[0]

    elif None in rule.partials:

        @numba.njit
        def evaluate(x, y):
            return function(x, Jet(Jet(y, (1.0,)), (1.0,))).partials[0].partials[0]

    else:

        @numba.njit
        def evaluate(x, y):
            x2, y2 = Jet(Jet(x, (1.0,)), (1.0,)), Jet(Jet(y, (1.0,)), (1.0,))
            return function(x2, y2).partials[0].partials[0]

    return evaluate


@named()
def test_second_derivatives_against_mpmath(rule):
    evaluate, exact = compiled_second(rule), mp_primal(rule)
    moving = [p is not None for p in rule.partials]
    for point in samples(rule, 8, np.random.default_rng(3)):
        with mpmath.workdps(60):

            def along(t, point=point):
                return exact(*(v + t if m else v for v, m in zip(point, moving, strict=True)))

            wanted = float(mpmath.diff(along, 0, 2))
        assert evaluate(*point) == pytest.approx(wanted, rel=1e-9, abs=1e-10), point


@named([r for r in RULES if r.at])
def test_values_at_singular_points(rule):
    evaluate = compiled(rule)
    for point, wanted in rule.at:
        assert evaluate(*point)[1] == wanted


@named()
def test_every_name_of_a_rule_gives_the_same(rule):
    point = samples(rule, 1, np.random.default_rng(1))[0]
    wanted = compiled(rule)(*point)
    for path in rule.overloads[1:]:
        other = compiled(rule._replace(name="", overloads=(path,)))
        assert other(*point) == wanted


@named([r for r in RULES if r.name in fastad.FUNCTIONS])
def test_functions_agree_in_the_interpreter_and_compiled(rule):
    function = fastad.FUNCTIONS[rule.name]
    point = samples(rule, 1, np.random.default_rng(2))[0]
    if rule.arity == 1:
        got = numba.njit(lambda x: function(x))(*point)
        array = function(np.array(point * 2))
        assert array.tolist() == [function(*point)] * 2
    else:
        got = numba.njit(lambda x, y: function(x, y))(*point)
    assert got == pytest.approx(function(*point), rel=1e-14)


def test_names_are_unique_and_complete():
    assert len(BY_NAME) == len(RULES)
    wanted = """add sub mul truediv floordiv mod pow neg abs minimum maximum sqrt cbrt exp expm1
    exp2 log log1p log2 log10 sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh
    erf erfc gamma lgamma hypot copysign floor ceil trunc sign degrees radians digamma logaddexp
    sigmoid softplus"""
    assert set(wanted.split()) <= set(BY_NAME)


@numba.njit
def _sqrt_of(x, tangent):
    return np.sqrt(fastad.Jet(x, (tangent,))).partials[0]


@numba.njit(error_model="numpy")
def _quotient(x, x_dot, y, y_dot):
    return (fastad.Jet(x, (x_dot,)) / fastad.Jet(y, (y_dot,))).partials[0]


@numba.njit
def _logarithm_of_a_power(x, x_dot, y, y_dot):
    return (fastad.Jet(x, (x_dot,)) ** fastad.Jet(y, (y_dot,))).partials[0]


def test_a_zero_tangent_is_a_strong_zero():
    assert _sqrt_of(0.0, 0.0) == 0.0
    assert _sqrt_of(0.0, 1.0) == np.inf
    assert _quotient(1.0, 1.0, 0.0, 0.0) == np.inf
    assert _quotient(0.0, 0.0, 0.0, 0.0) == 0.0
    assert _logarithm_of_a_power(-2.0, 1.0, 3.0, 0.0) == 12.0  # log(-2) is NaN


@named([r for r in RULES if not r.strong])
def test_rules_without_the_strong_zero_have_finite_partials(rule):
    points = [0.0, -0.0, 1.0, -1.0, 1e-300, 700.0, -700.0, 1e5, -1e5]
    evaluate = compiled(rule)
    for point in itertools.product(points, repeat=rule.arity):
        value, partials = evaluate(*point)
        assert not np.isfinite(value) or np.isfinite(partials).all(), point


@numba.njit(error_model="numpy")
def _kinks(x):
    x = fastad.Jet(x, (1.0,))
    lost = np.sqrt(x)  # infinite slope at 0
    return (
        max(lost, 1.0).partials[0],
        min(1.0, 2.0 + lost).partials[0],
        fastad.where(x > 0.0, lost, 2.0 * x).partials[0],
        np.where(x > 0.0, 1.0 / x, 3.0 * x).partials[0],
    )


def test_what_is_not_selected_leaks_nothing():
    assert _kinks(0.0) == (0.0, 0.0, 2.0, 3.0)


@numba.njit
def _powers(x):
    j = fastad.Jet(x, (1.0,))
    a, b, c, n = j**0, j**2, j**-1, 3
    return a.partials[0], b.partials[0], c.partials[0], (j**n).partials[0], (2.0**j).partials[0]


def test_powers_with_constant_exponents():
    assert _powers(2.0) == pytest.approx((0.0, 4.0, -0.25, 12.0, 4 * np.log(2)), rel=1e-15)
    assert _powers(-2.0)[:4] == pytest.approx((0.0, -4.0, -0.25, 12.0), rel=1e-15)


def test_polygamma_refuses_a_differentiated_order():
    with pytest.raises(numba.TypingError, match="integer order"):
        numba.njit(lambda x: fastad.polygamma(fastad.Jet(x, (1.0,)), 2.0).value)(1.0)


def test_division_keeps_the_error_model_but_derivatives_never_raise():
    @numba.njit
    def divide(x):
        return (1.0 / fastad.Jet(x, (1.0,))).value

    with pytest.raises(ZeroDivisionError):
        divide(0.0)
    assert _sqrt_of(0.0, 1.0) == np.inf


def test_digamma_just_below_a_pole():
    for x in (-1e-20, -1e-8, -1.0000001, -2.5):
        with mpmath.workdps(40):
            wanted = float(mpmath.digamma(mpmath.mpf(x)))
        assert primals.digamma(x) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("mode", ["source", "forward"])
def test_a_power_moves_with_both_where_the_exponent_is_zero(mode):
    def power(x):
        return x[0] ** x[1]

    found = fastad.hessian(power, mode=mode)(np.array([2.0, 0.0]))
    assert found == pytest.approx(np.array([[0.0, 0.5], [0.5, np.log(2.0) ** 2]]), rel=1e-14)


@named([r for r in RULES if not r.steep])
def test_rules_that_are_not_steep_have_finite_partials_wherever_all_values_are_finite(rule):
    points = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 10.0]  # where nothing overflows
    evaluate = compiled(rule)
    for point in itertools.product(points, repeat=rule.arity):
        try:
            value, partials = evaluate(*point)
        except (ZeroDivisionError, ValueError):
            continue
        assert not np.isfinite(value) or np.isfinite(partials).all(), point


@numba.njit
def _forward(x, y, x_dot, y_dot):
    return (fastad.Jet(x, (x_dot,)) * fastad.Jet(y, (y_dot,))).partials[0]


def test_a_zero_factor_takes_no_infinite_tangent_along():
    assert _forward(0.0, 3.0, 1.0, np.inf) == 3.0
    assert _forward(3.0, 0.0, np.nan, 2.0) == 6.0
    assert _forward(0.0, 0.0, np.inf, 1.0) == 0.0
    assert np.isnan(_forward(2.0, 3.0, 0.0, np.nan))
    dual = fastad.Dual(0.0, 1.0) * fastad.sqrt(fastad.Dual(0.0, 1.0))
    assert (dual.value, dual.tangent) == (0.0, 0.0)
