"""`make_mixture` and `with_` in compiled code: what Python gives, and what they refuse."""

import numpy as np
import pytest
from common import random_mixture
from numba import njit
from numba.core.errors import TypingError

from fastgmm import log_density, make_mixture, with_
from fastgmm.covariances import SKLEARNS


@njit
def by_shape(weights, means, covariances):
    return make_mixture(weights, means, covariances)


@njit
def by_factors(weights, means, factors):
    return make_mixture(weights, means, precisions_cholesky=factors)


@njit
def tied(weights, means, covariance):
    return make_mixture(weights, means, covariance, covariance_type="tied")


@njit
def spherical(weights, means, variances):
    return make_mixture(weights, means, variances, covariance_type="spherical")


def assert_same(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype
        assert not a.flags.writeable


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("covariance_type", SKLEARNS)
def test_a_mixture_made_in_njit_is_that_of_python(covariance_type, dtype):
    m = random_mixture(covariance_type, k=4, d=3)
    arguments = m.weights, m.means.astype(dtype), m.covariances
    assert_same(by_shape(*arguments), make_mixture(*arguments))
    factors = m.precisions_cholesky
    expected = make_mixture(m.weights, m.means, precisions_cholesky=factors)
    assert_same(by_factors(m.weights, m.means, factors), expected)


def test_a_type_that_is_said():
    weights, means, covariance = np.array([0.5, 0.5]), np.array([[0.0, 0.0], [1.0, 2.0]]), np.eye(2)
    expected = make_mixture(weights, means, covariance, covariance_type="tied")
    assert_same(tied(weights, means, covariance), expected)
    assert_same(tied(weights, means, covariance[np.newaxis]), expected)
    expected = make_mixture(weights, means, [1.0, 3.0], covariance_type="spherical")
    assert_same(spherical(weights, means, np.array([1.0, 3.0])), expected)
    with pytest.raises(ValueError, match='give covariance_type="tied" or "diag"'):
        by_shape(weights, means, covariance)


@njit
def climb(x, mixture, steps, size):
    """Move the first mean uphill, one coordinate after the other: a loop over one type."""
    best = log_density(x, mixture)
    for _ in range(steps):
        for j in range(mixture.means.shape[1]):
            for sign in (-1.0, 1.0):
                means = mixture.means.copy()
                means[0, j] += sign * size
                other = with_(mixture, means=means)
                density = log_density(x, other)
                if density > best:
                    mixture, best = other, density
    return mixture, best


@pytest.mark.parametrize("covariance_type", SKLEARNS)
def test_a_loop_over_changed_mixtures(covariance_type):
    mixture, x = random_mixture(covariance_type, k=3, d=2), np.array([0.3, -0.2])
    found, best = climb(x, mixture, 3, 0.1)
    expected, expected_best = climb.py_func(x, mixture, 3, 0.1)
    assert_same(found, expected)
    assert best == pytest.approx(expected_best, rel=1e-13)
    assert best > log_density(x, mixture)


@njit
def with_all(mixture, weights, means, covariances):
    return with_(mixture, weights=weights, means=means, covariances=covariances)


@njit
def with_factors(mixture, factors):
    return with_(mixture, precisions_cholesky=factors)


def test_with_in_njit_is_that_of_python():
    for covariance_type in SKLEARNS:
        a, b = (random_mixture(covariance_type, k=3, d=2, seed=seed) for seed in (0, 1))
        assert_same(with_all(a, *b[:3]), b)
        expected = with_(a, precisions_cholesky=b.precisions_cholesky)
        assert_same(with_factors(a, b.precisions_cholesky), expected)
    m = random_mixture("tied", k=3, d=2)
    changed = with_all(m, m.weights, m.means, np.eye(2))
    assert_same(changed, with_(m, covariances=np.eye(2)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w, m, c: by_shape(w[:1], m, c), ValueError, "weights must be 3 non-negative"),
        (lambda w, m, c: by_shape(w, m, -c), ValueError, "symmetric and positive definite"),
        (lambda w, m, c: by_shape(w, m, c[0, 0]), TypingError, "array of 3 dimensions"),
        (lambda w, m, c: by_shape(w, m[0], c), TypingError, "means must be an array of 2"),
        (lambda w, m, c: tied(w, m, w), TypingError, "covariances must be an array of 3"),
        (
            lambda w, m, c: njit(lambda w, m: make_mixture(w, m))(w, m),
            TypingError,
            r"covariances \(or precisions_cholesky\) must be given",
        ),
        (
            lambda w, m, c: njit(lambda w, m, c: make_mixture(w, m, c, c))(w, m, c),
            TypingError,
            "not both",
        ),
        (
            lambda w, m, c: njit(lambda m, c: with_(m, covariances=c, precisions_cholesky=c))(
                make_mixture(w, m, c), c
            ),
            TypingError,
            "not both",
        ),
        (
            lambda w, m, c: njit(lambda t: make_mixture(w, m, c, covariance_type=t))("full"),
            TypingError,
            "must be a constant in compiled code",
        ),
        (
            lambda w, m, c: njit(lambda: make_mixture(w, m, c, covariance_type="Full"))(),
            TypingError,
            "must be one of full, tied, diag, spherical, VEI, got 'Full'",
        ),
        (
            lambda w, m, c: njit(lambda m: with_(m, weights=m))(w),
            TypingError,
            "mixture must be a Mixture",
        ),
        (
            lambda w, m, c: with_factors(make_mixture(w, m, c), w),
            TypingError,
            "precisions_cholesky must be an array of 3",
        ),
    ],
)
def test_mistakes_are_named(call, error, message):
    m = random_mixture("full", k=3, d=2)
    with pytest.raises(error, match=message):
        call(*m[:3])
