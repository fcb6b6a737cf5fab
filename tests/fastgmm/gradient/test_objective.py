"""The objective's values and derivatives, against scikit-learn, mpmath and EM itself."""

import mpmath
import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, random_mixture
from sklearn.mixture import GaussianMixture as SklearnMixture

import fastad
from fastgmm import GaussianMixture, Prior
from fastgmm.covariances import TYPES
from fastgmm.em.loop import estimate
from fastgmm.em.m_step import MStepOptions
from fastgmm.em.prior import checked_prior
from fastgmm.gradient.objective import Objective
from fastgmm.gradient.parameters import (
    Layout,
    Units,
    natural_parameters,
    to_mixture,
    to_vector,
)
from fastgmm.passes.sources import ArraySource

CENTRE = np.array([0.5, -1.0, 2.0])


def of_mixture(m, X, sample_weight=None, prior=None):
    """Return the objective, and the vector of a mixture."""
    layout = Layout.of(m)
    if prior is not None:
        prior = checked_prior(prior, TYPES["full"], *m.means.shape)
    return Objective(X, sample_weight, layout, CENTRE, prior), to_vector(m, CENTRE)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_vectors_and_mixtures_are_the_same(covariance_type):
    m = random_mixture(covariance_type, k=4)
    layout, theta = Layout.of(m), to_vector(m, CENTRE)
    assert theta.shape == (layout.size,)
    again = to_mixture(theta, layout, CENTRE)
    for a, b in zip(m, again, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    natural = natural_parameters(theta, *layout)
    expected = m.weights, m.means - CENTRE, m.covariances
    np.testing.assert_allclose(natural, np.concatenate([np.ravel(a) for a in expected]), rtol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_values_are_scikit_learns_and_gradients_differences(covariance_type):
    X = blobs(50, 3, 3)
    theirs = SklearnMixture(3, covariance_type=covariance_type, random_state=0, max_iter=3, tol=0.5)
    m = GaussianMixture.from_sklearn(theirs.fit(X)).mixture_
    objective, theta = of_mixture(m, X)
    value, gradient = objective.value_and_gradient(theta)
    assert -value == pytest.approx(theirs.score(X), rel=1e-12)
    rng = np.random.default_rng(0)
    v, w = rng.normal(size=(2, len(theta)))
    step = 1e-5
    ahead, behind = (objective.value_and_gradient(theta + s * v) for s in (step, -step))
    assert gradient @ v == pytest.approx((ahead[0] - behind[0]) / (2 * step), rel=1e-6, abs=1e-8)
    product = objective.hessian_product(theta, v)
    np.testing.assert_allclose(product, (ahead[1] - behind[1]) / (2 * step), atol=1e-7)
    assert w @ product == pytest.approx(v @ objective.hessian_product(theta, w), abs=1e-12)


def test_the_gradient_has_all_digits():
    """Against mpmath, of two components with full covariances."""
    X = blobs(6, 2, 2) + [1e3, 0.0]
    m = random_mixture("full", k=2, d=2)
    m = m.with_(means=m.means + [1e3, 0.0])
    centre = X.mean(axis=0)
    theta, layout = to_vector(m, centre), Layout.of(m)
    found = Objective(X, None, layout, centre).value_and_gradient(theta)[1]

    def negative(*values):
        total = mpmath.mpf(0)
        weight = 1 / (1 + mpmath.exp(-values[0]))
        for row in X - centre:
            density = 0
            for k in (0, 1):
                f = values[5 + 3 * k : 8 + 3 * k]
                a = (float(row[0]) - values[1 + 2 * k]) * mpmath.exp(f[0])
                b = (float(row[0]) - values[1 + 2 * k]) * f[1]
                b += (float(row[1]) - values[2 + 2 * k]) * mpmath.exp(f[2])
                share = weight if k == 0 else 1 - weight
                density += share * mpmath.exp(f[0] + f[2] - (a * a + b * b) / 2) / (2 * mpmath.pi)
            total -= mpmath.log(density)
        return total / len(X)

    with mpmath.workdps(40):
        point = [mpmath.mpf(float(t)) for t in theta]
        for i in range(len(theta)):
            order = tuple(int(i == j) for j in range(len(theta)))
            expected = float(mpmath.diff(negative, point, order))
            assert found[i] == pytest.approx(expected, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_it_is_ems_stationarity_wherever_one_is(covariance_type):
    """The gradient by a mean is the precision times nk times EM's step (Xu and Jordan 1996)."""
    X, m = blobs(100, 3, 3, seed=1), random_mixture(covariance_type)
    objective, theta = of_mixture(m, X)
    gradient = -objective.value_and_gradient(theta)[1]
    options = MStepOptions(TYPES[covariance_type])
    stats, step = estimate(ArraySource(X), m, options)
    parts = Layout.of(m).parts
    np.testing.assert_allclose(
        gradient[parts["weights"]], (stats.nk / len(X) - m.weights)[:-1], atol=1e-12
    )
    factors = m.precisions_cholesky
    if factors.ndim == 2:
        moved = (step.mixture.means - m.means) * factors**2
    else:
        precisions = np.broadcast_to(factors @ factors.transpose(0, 2, 1), (3, 3, 3))
        moved = np.einsum("kij,kj->ki", precisions, step.mixture.means - m.means)
    expected = (stats.nk / len(X))[:, np.newaxis] * moved
    np.testing.assert_allclose(gradient[parts["means"]], expected.ravel(), atol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_it_is_zero_where_em_has_converged(covariance_type):
    X = blobs(200, 3, 3, seed=2)
    how = {"reg_covar": 0.0, "acceleration": "anderson", "tol": 0.0, "max_iter": 300}
    gm = GaussianMixture(3, covariance_type=covariance_type, random_state=0, **how)
    with pytest.warns(UserWarning, match="converge"):
        gm.fit(X)
    objective, theta = of_mixture(gm.mixture_, X)
    assert np.abs(objective.value_and_gradient(theta)[1]).max() < 1e-8


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_prior_is_that_of_em(covariance_type):
    X, m = blobs(20, 3, 3), random_mixture(covariance_type, k=3)
    spread = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 0.5]])
    spread = {"diag": np.diag(spread), "spherical": 0.7}.get(covariance_type, spread)
    prior = Prior([1.5, 2.0, 1.0], 0.4, [1.0, -1.0, 0.5], 6.5, spread)
    checked = checked_prior(prior, TYPES[covariance_type], 3, 3)
    plain, theta = of_mixture(m, X)
    objective = Objective(X, None, Layout.of(m), CENTRE, checked)
    assert objective.log_prior(theta) == pytest.approx(prior.log_density(m), rel=1e-12)
    value = plain.value_and_gradient(theta)[0] - prior.log_density(m) / 20
    assert objective.value_and_gradient(theta)[0] == pytest.approx(value, rel=1e-12)
    v = np.random.default_rng(0).normal(size=len(theta))
    ahead, behind = (objective.value_and_gradient(theta + s * v) for s in (1e-5, -1e-5))
    gradient = objective.value_and_gradient(theta)[1]
    assert gradient @ v == pytest.approx((ahead[0] - behind[0]) / 2e-5, rel=1e-6)
    product = objective.hessian_product(theta, v)
    np.testing.assert_allclose(product, (ahead[1] - behind[1]) / 2e-5, atol=1e-6)


def test_rows_have_weights_and_come_in_blocks(monkeypatch):
    X, m = blobs(60, 3, 3), random_mixture("full")
    weights = np.arange(60) % 3.0
    repeated, theta = of_mixture(m, np.repeat(X, weights.astype(int), axis=0))
    X[weights == 0.0] = np.nan  # what weighs nothing is not looked at
    monkeypatch.setattr("fastgmm.gradient.objective.BLOCK_ROWS", 7)
    weighed, _ = of_mixture(m, X, weights)
    for a, b in zip(
        weighed.value_and_gradient(theta), repeated.value_and_gradient(theta), strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-13)
    single, _ = of_mixture(m, X.astype(np.float32), weights)
    assert single.value_and_gradient(theta)[0] == pytest.approx(
        repeated.value_and_gradient(theta)[0], rel=1e-6
    )
    scores = np.concatenate([w[:, np.newaxis] * s for s, w in weighed.scores(theta)])
    gradient = repeated.value_and_gradient(theta)[1]
    np.testing.assert_allclose(-scores.sum(axis=0) / weights.sum(), gradient, atol=1e-13)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_units_are_the_information_of_complete_data(covariance_type):
    """Of one component that is fitted, rows are complete: there the Hessian is the identity."""
    X = blobs(50, 3, 1)
    m = GaussianMixture(1, covariance_type=covariance_type, reg_covar=0.0).fit(X).mixture_
    objective, theta = of_mixture(m, X)
    units = Units(m)
    found = []
    for axis in np.eye(len(theta)):
        along = units.apply(axis)
        found.append(units.transposed(objective.hessian_product(theta, along)))
    np.testing.assert_allclose(found, np.eye(len(theta)), atol=1e-10)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_units_and_their_transposes_are_dual(covariance_type):
    m = random_mixture(covariance_type, k=4)
    prior = checked_prior(Prior(2.0, 1.0, np.zeros(3)), TYPES[covariance_type], 4, 3)
    units = Units(m, prior, 100.0)
    a, b = np.random.default_rng(0).normal(size=(2, Layout.of(m).size))
    assert units.apply(a) @ b == pytest.approx(a @ units.transposed(b), rel=1e-12)
    if covariance_type != "tied":
        return
    w = (m.weights + 1.0 / 100) / (1.0 + 4 / 100)
    axes = np.array([units.apply(axis)[:3] for axis in np.eye(Layout.of(m).size)[:3]]).T
    information = (1.0 + 4 / 100) * (np.diag(w) - np.outer(w, w))[:-1, :-1]
    np.testing.assert_allclose(axes @ axes.T, np.linalg.inv(information), rtol=1e-10)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_jacobian_of_natural_parameters_is_right(covariance_type):
    m = random_mixture(covariance_type)
    theta, layout = to_vector(m, CENTRE), Layout.of(m)
    v = np.random.default_rng(0).normal(size=len(theta))
    found = fastad.jvp(natural_parameters)(theta, *layout, v)[1]
    ahead, behind = (natural_parameters(theta + s * v, *layout) for s in (1e-6, -1e-6))
    np.testing.assert_allclose(found, (ahead - behind) / 2e-6, atol=1e-6)
    assert found[:3].sum() == pytest.approx(0.0, abs=1e-14)  # the weights' sum
