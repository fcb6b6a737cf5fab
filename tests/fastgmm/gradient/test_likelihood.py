"""Densities without a closed M-step, of which only the logarithm is written."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from numba import njit

from fastgmm import GaussianMixture
from fastgmm.gradient import maximum_likelihood, standard_errors

ROOT = math.sqrt(2.0 * math.pi)


def _example():
    path = Path(__file__).parents[3] / "examples" / "densities_of_your_own.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLE = _example()
with_tails, censored = EXAMPLE.with_tails, EXAMPLE.censored


@njit
def deviation_and_freedom(theta):
    return np.exp(theta[1:])


def by_scipy(log_density, X, theta0):
    """Return what SciPy finds by differences, of the function in plain Python."""
    plain = log_density.py_func
    found = scipy.optimize.minimize(
        lambda theta: -np.mean([plain(row, theta) for row in X]), theta0, method="BFGS", tol=1e-7
    )
    return found.x, -found.fun


def rows_of(name, n=600):
    _, rows, theta0 = EXAMPLE.DENSITIES[name]
    return rows(n, np.random.default_rng(0))[0], theta0


SLOW = {"in_time": pytest.mark.slow}  # in plain Python


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=SLOW.get(n, ())) for n in EXAMPLE.DENSITIES]
)
def test_it_finds_what_scipy_finds_by_differences(name):
    X, theta0 = rows_of(name, 300)
    log_density = EXAMPLE.DENSITIES[name][0]
    found = maximum_likelihood(log_density, X, theta0)
    theta, best = by_scipy(log_density, X, theta0)
    assert found.converged
    assert found.gradient_norm <= 1e-6
    assert found.log_likelihood == pytest.approx(best, abs=1e-9)
    np.testing.assert_allclose(found.theta, theta, atol=1e-4)
    plain = np.mean([log_density.py_func(row, found.theta) for row in X])
    assert found.log_likelihood == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize(
    "names",
    [("censored", "with_tails"), pytest.param(tuple(EXAMPLE.DENSITIES), marks=pytest.mark.slow)],
)
def test_the_example_finds_what_rows_were_drawn_with(names, capsys):
    found = EXAMPLE.main(names=names)
    assert tuple(found) == names
    for name, (true, theta, errors) in found.items():
        assert (errors > 0.0).all(), name
        assert (np.abs(theta - true) < 3.5 * errors).all(), name
    out = capsys.readouterr().out
    assert out.count("estimate") == sum(len(theta) for _, theta, _ in found.values())


def test_newtons_method_and_students_distribution():
    X, theta0 = rows_of("with_tails")
    found = maximum_likelihood(with_tails, X, theta0, method="newton-cg", tol=1e-11)
    assert found.converged
    freedom, location, scale = scipy.stats.t.fit(X, 4.0)
    np.testing.assert_allclose(
        [found.theta[0], *np.exp(found.theta[1:])], [location, scale, freedom], rtol=1e-3
    )
    errors = standard_errors(found, X, transform=deviation_and_freedom)
    own = standard_errors(found, X)
    np.testing.assert_allclose(errors, own[1:] * np.exp(found.theta[1:]), rtol=1e-10)


def test_censored_rows_have_the_errors_of_differences():
    X, theta0 = rows_of("censored")
    found = maximum_likelihood(censored, X, theta0, method="newton-cg", tol=1e-11)

    def total(theta):
        return sum(censored.py_func(row, theta) for row in X)

    step, t = 1e-3, found.theta
    axes = step * np.eye(2)
    hessian = np.array(
        [
            [
                (total(t + a + b) - total(t + a - b) - total(t - a + b) + total(t - a - b)) / 4
                for a in axes
            ]
            for b in axes
        ]
    )
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian / step**2)))
    np.testing.assert_allclose(standard_errors(found, X), expected, rtol=1e-4)
    opg = standard_errors(found, X, kind="opg")
    sandwich = standard_errors(found, X, kind="sandwich")
    np.testing.assert_allclose(opg, expected, rtol=0.3)
    np.testing.assert_allclose(sandwich, expected, rtol=0.3)


@njit
def one_gaussian(row, theta):
    z = (row[0] - theta[0]) * math.exp(-0.5 * theta[1])
    return -0.5 * z * z - 0.5 * theta[1] - math.log(ROOT)


@njit
def variance(theta):
    return np.exp(theta[1:])


def test_a_gaussian_is_that_of_the_mixture():
    X = np.random.default_rng(0).normal(3.0, 2.0, size=(200, 1))
    weights = np.arange(200) % 3.0
    found = maximum_likelihood(one_gaussian, X, [0.0, 0.0], sample_weight=weights, tol=1e-7)
    gm = GaussianMixture(1, reg_covar=0.0).fit(X, sample_weight=weights)
    np.testing.assert_allclose(found.theta[0], gm.means_[0, 0], rtol=1e-6)
    expected = standard_errors(gm, X, weights)
    for kind in ("observed", "opg", "sandwich"):
        expected = standard_errors(gm, X, weights, kind=kind)
        errors = standard_errors(found, X, weights, kind=kind)
        np.testing.assert_allclose(errors[0], expected.means[0, 0], rtol=1e-5)
        errors = standard_errors(found, X, weights, kind=kind, transform=variance)
        np.testing.assert_allclose(errors, expected.covariances[0, 0], rtol=1e-5)


def test_bounds_hold():
    X = np.random.default_rng(0).normal(3.0, 2.0, size=(200, 1))
    found = maximum_likelihood(one_gaussian, X, [0.0, 0.0], bounds=[(None, 2.5), (-9.0, None)])
    assert found.converged
    assert found.theta[0] == 2.5
    assert found.at_bound.tolist() == [True, False]
    assert math.exp(found.theta[1]) == pytest.approx(np.mean((X - 2.5) ** 2), rel=1e-5)
    with pytest.raises(ValueError, match=r"parameters \[0\] are at a bound"):
        standard_errors(found, X)
    inside = maximum_likelihood(one_gaussian, X, [0.0, 0.0], bounds=[(-9, 9), (-9, 9)])
    assert not inside.at_bound.any()
    assert inside.theta[0] == pytest.approx(X.mean(), abs=1e-5)


@njit
def positive_scale(row, theta):
    return -abs(row[0]) / theta[0] - math.log(2.0 * theta[0])


def test_a_step_out_of_the_domain_is_taken_back():
    X = np.random.default_rng(0).laplace(size=(200, 1))
    found = maximum_likelihood(positive_scale, X, [50.0])
    assert found.theta[0] == pytest.approx(np.abs(X).mean(), rel=1e-6)


FACTOR = 1.0


@njit
def of_a_global(row, theta):
    return -0.5 * (row[0] - FACTOR * theta[0]) ** 2


def test_a_global_that_has_changed_counts(monkeypatch):
    X = np.full((4, 1), 6.0)
    assert maximum_likelihood(of_a_global, X, [0.0]).theta == pytest.approx(6.0)
    monkeypatch.setitem(globals(), "FACTOR", 2.0)
    of_a_global.recompile()
    assert of_a_global(X[0], np.ones(1)) == -8.0
    assert maximum_likelihood(of_a_global, X, [0.0]).theta == pytest.approx(3.0)


@njit
def writes_into_its_row(row, theta):
    row[0] -= theta[0]
    return -0.5 * row[0] ** 2


def test_rows_stay_as_they_are():
    X = np.random.default_rng(0).normal(size=(20, 1))
    before = X.copy()
    with pytest.raises(TypeError, match="readonly"):
        maximum_likelihood(writes_into_its_row, X, [0.0])
    maximum_likelihood(of_the_first_alone, X, [0.0])
    np.testing.assert_array_equal(X, before)


@njit
def of_the_first_alone(row, theta):
    return -0.5 * (row[0] - theta[0]) ** 2


@njit
def of_the_sum(row, theta):
    return -0.5 * (row[0] - theta[0] - theta[1]) ** 2


@pytest.mark.parametrize("log_density", [of_the_first_alone, of_the_sum])
def test_what_rows_do_not_determine_is_told(log_density):
    X = np.random.default_rng(0).normal(size=(50, 1))
    found = maximum_likelihood(log_density, X, [0.0, 0.0])
    for kind in ("observed", "opg", "sandwich"):
        with pytest.raises(ValueError, match="information is singular"):
            standard_errors(found, X, kind=kind)


def test_what_is_wrong_is_refused():
    X = np.ones((5, 1))
    for args, kwargs, error, message in [
        ((one_gaussian.py_func, X, [0.0, 0.0]), {}, TypeError, "@njit"),
        ((one_gaussian, X[:, 0], [0.0, 0.0]), {}, ValueError, "2D"),
        ((one_gaussian, X, [[0.0, 0.0]]), {}, ValueError, r"theta0 must be of shape \(P,\)"),
        ((one_gaussian, X, [np.nan, 0.0]), {}, ValueError, "finite"),
        ((positive_scale, X, [-1.0]), {}, ValueError, "not finite at the start"),
        ((one_gaussian, X, [0.0, 0.0]), {"bounds": [(0, 1)]}, ValueError, "2 pairs"),
        ((one_gaussian, X, [0.0, 0.0]), {"bounds": [(1, 0), (0, 1)]}, ValueError, "lower"),
        ((one_gaussian, X, [0.0, 0.0]), {"bounds": [(1, 2), (0, 1)]}, ValueError, "within"),
        ((one_gaussian, X, [0.0, 0.0]), {"method": "em"}, ValueError, "method"),
    ]:
        with pytest.raises(error, match=message):
            maximum_likelihood(*args, **kwargs)
    with pytest.raises(ValueError, match="l-bfgs"):
        maximum_likelihood(
            one_gaussian, X, [0.0, 0.0], bounds=[(-1, 1), (-1, 1)], method="newton-cg"
        )
