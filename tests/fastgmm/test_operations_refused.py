"""What the operations on mixtures say of mistakes."""

import numpy as np
import pytest
from common import random_mixture
from numba import njit
from numba.core.errors import TypingError

from fastgmm import (
    GaussianMixture,
    Mixture,
    affine,
    bhattacharyya,
    condition_mean,
    conditional,
    e_step,
    kl_divergence,
    make_mixture,
    make_regression,
    make_workspace,
    marginal,
    merge,
    moment_match,
    prune,
    responsibilities,
    sample_into,
    score,
)


def masked(numbers):
    mask = np.zeros(np.shape(numbers), bool)
    mask.flat[0] = True
    return np.ma.array(numbers, mask=mask)


def far_apart():
    return make_mixture([0.5, 0.5], [[0.0], [1e160]], [1.0, 1.0], covariance_type="spherical")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: marginal(m, []), ValueError, "keep must be 1 to 3 feature numbers"),
        (lambda m: marginal(m, [0, 0]), ValueError, "keep must be different features from 0 to 2"),
        (lambda m: marginal(m, [3]), ValueError, "keep must be different features"),
        (lambda m: marginal(m, [-1]), ValueError, "keep must be different features"),
        (lambda m: marginal(m, [0.0]), ValueError, "keep must be 1 to 3 feature numbers"),
        (lambda m: marginal(GaussianMixture(), [0]), TypeError, "pass its mixture_"),
        (lambda m: conditional(m, [0, 1, 2], np.zeros(3)), ValueError, "given must be 1 to 2"),
        (lambda m: conditional(m, [0], [1.0, 2.0]), ValueError, "x must be 1 numbers"),
        (lambda m: conditional(m, [0], [np.nan]), ValueError, "x must be finite"),
        (lambda m: merge(m, 0, 0), ValueError, "i and j must be two components"),
        (lambda m: merge(m, 0, 3), ValueError, "j must be a component from 0 to 2"),
        (lambda m: merge(m, 0.5, 1), TypeError, "i must be a whole number"),
        (lambda m: merge(random_mixture("tied"), 0, 1), ValueError, "tied covariances"),
        (lambda m: prune(m, 1.0), ValueError, "least must leave a component"),
        (lambda m: prune(m, "0.1"), TypeError, "least must be a number"),
        (lambda m: marginal(m, masked([0, 1])), ValueError, "keep has 1 masked"),
        (lambda m: conditional(m, [0], masked([1.0])), ValueError, "x has 1 masked"),
        (lambda m: conditional(m, [0], [1.7e308]), ValueError, "result has values too large"),
        (lambda m: affine(m, masked([[1.0] * 3]), [0.0]), ValueError, "matrix has 1 masked"),
        (lambda m: affine(m, np.eye(3), [1j, 0, 0]), ValueError, "offset must hold real numbers"),
        (lambda m: score(m.means[0], m, np.zeros(3, int)), TypeError, "out must be of float64"),
        (lambda m: sample_into(m, np.random.default_rng(), np.zeros(3, int)), TypeError,
         "out must be of float64"),
        (lambda m: condition_mean(np.zeros(1), make_regression(m, [0]), np.zeros(2, bool)),
         TypeError, "out must be of float64"),
        (lambda m: affine(m, np.eye(2), [0.0] * 2), ValueError, "matrix must be of shape"),
        (lambda m: affine(m, np.eye(3), [0.0]), ValueError, "offset must be of shape"),
        (lambda m: affine(m, np.ones((2, 3)), [0.0] * 2), ValueError, "independent rows"),
        (lambda m: affine(m, np.full((1, 3), np.inf), [0.0]), ValueError, "must be finite"),
        (lambda m: affine(m, 1e-170 * np.eye(3), [0.0] * 3), ValueError, "result has values too"),
        (lambda m: affine(m, 1e170 * np.eye(3), [0.0] * 3), ValueError, "result has values too"),
        (lambda m: merge(far_apart(), 0, 1), ValueError, "a covariance of the result overflows"),
        (lambda m: moment_match(far_apart()), ValueError, "a covariance of the result overflows"),
        (lambda m: bhattacharyya(m, 0, random_mixture("full", d=2), 0), ValueError, "as many"),
        (lambda m: score(np.zeros(2), m, np.zeros(3)), ValueError, "x and out must be of shape"),
        (lambda m: condition_mean(np.zeros(1), make_regression(m, [0, 1]), np.zeros(1)),
         ValueError, "x must be of shape"),
        (lambda m: kl_divergence(m, m, 1, np.random.default_rng()), ValueError, "at least 2"),
    ],
)  # fmt: skip
def test_mistakes(call, error, message):
    with pytest.raises(error, match=message):
        call(random_mixture("full"))


def test_results_are_not_written_over_the_point():
    m = random_mixture("full")
    regression = make_regression(random_mixture("full", d=2), [0])
    for x, call in (
        (np.zeros(3), lambda x, out: score(x, m, out)),
        (np.zeros(3), lambda x, out: responsibilities(x, m, out)),
        (np.zeros(1), lambda x, out: condition_mean(x, regression, out)),
    ):
        both = np.zeros((len(x), 2))
        with pytest.raises(ValueError, match="out must not be x"):
            call(x, x)
        assert call(both[:, 0], both[:, 1]) == call(x, np.empty(len(x)))


def test_mistakes_in_njit_are_told_by_type():
    m = random_mixture("full")
    with pytest.raises(TypingError, match="keep must be an int64 array of 1 dimension"):
        njit(lambda m, keep: marginal(m, keep))(m, np.zeros(1))
    with pytest.raises(TypingError, match="mixture must be a Mixture"):
        njit(lambda m: moment_match(m))(np.zeros(1))


def test_a_mixture_of_integers_is_refused():
    m = make_mixture([1.0], [[2.0]], [[0.5]])
    own = Mixture(m.weights, m.means.astype(int), *m[2:])
    for call in (
        lambda: moment_match(own),
        lambda: e_step(np.zeros((2, 1)), own, make_workspace(m)),
    ):
        with pytest.raises(TypeError, match="its means are of int64"):
            call()
    with pytest.raises(TypingError, match="its means: array"):
        njit(lambda m: moment_match(m))(own)
