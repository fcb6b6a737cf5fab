"""Standard errors against closed forms, differences, and the bootstrap."""

import math
import warnings

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, random_mixture
from numba import njit

from fastgmm import BayesianGaussianMixture, GaussianMixture, default_prior, make_mixture, sample
from fastgmm.covariances import TYPES
from fastgmm.gradient import StandardErrors, fit_map, maximum_likelihood, standard_errors

HOW = {"reg_covar": 0.0, "tol": 1e-12, "max_iter": 5000, "acceleration": "anderson"}


def two_components(n, seed=0):
    m = make_mixture(
        [0.6, 0.4], [[0.0, 0.0], [3.0, 1.0]], [[[1.0, 0.3], [0.3, 0.7]], [[0.5, 0], [0, 2.0]]]
    )
    return m, sample(m, n, np.random.default_rng(seed))[0]


def fitted(X, m, covariance_type, **params):
    """Return EM's fit that begins at a mixture, so that components keep their order."""
    spread = TYPES[covariance_type].to_sklearn(m.covariances)
    start = {"weights_init": m.weights, "means_init": m.means, "covariances_init": spread}
    k = len(m.weights)
    return GaussianMixture(k, covariance_type=covariance_type, **start, **(HOW | params)).fit(X)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("scales", [[1.0, 1.0, 1.0], [1e-3, 1.0, 1e6]])
def test_one_component_has_closed_forms(covariance_type, scales):
    X, n = (blobs(80, 3, 1) + [0.0, 5.0, 1.0]) * scales, 80
    if covariance_type == "spherical":
        X = X / scales
    gm = GaussianMixture(1, covariance_type=covariance_type, reg_covar=0.0).fit(X)
    errors = standard_errors(gm, X)
    assert errors.weights.tolist() == [0.0]
    covariances = gm.covariances_
    assert errors.covariances.shape == np.shape(covariances)
    if covariance_type in ("full", "tied"):
        c = covariances.reshape(3, 3)
        v = np.diag(c)
        np.testing.assert_allclose(errors.means[0], np.sqrt(v / n), rtol=1e-10)
        expected = np.sqrt((np.outer(v, v) + c * c) / n)
        np.testing.assert_allclose(errors.covariances.reshape(3, 3), expected, rtol=1e-10)
    else:
        times = 3 if covariance_type == "spherical" else 1
        expected = np.sqrt(np.broadcast_to(covariances[0], 3) / n)
        np.testing.assert_allclose(errors.means[0], expected, rtol=1e-10)
        np.testing.assert_allclose(
            errors.covariances, covariances * math.sqrt(2 / (n * times)), rtol=1e-10
        )


def test_components_far_apart_are_each_on_its_own():
    X = np.r_[blobs(60, 2, 1), blobs(40, 2, 1, seed=1) + 1e3]
    how = HOW | {"tol": 1e-10}  # at 1e3 the log-likelihood is rounded to some 1e-12
    gm = GaussianMixture(2, means_init=[[0, 0], [1e3, 1e3]], **how).fit(X)
    errors = standard_errors(gm, X)
    np.testing.assert_allclose(errors.weights, math.sqrt(0.6 * 0.4 / 100), rtol=1e-9)
    for k, n in enumerate((60, 40)):
        v = np.diag(gm.covariances_[k])
        np.testing.assert_allclose(errors.means[k], np.sqrt(v / n), rtol=1e-8)


def test_the_observed_information_is_that_of_differences():
    """Of the weight and the means of two components of known covariance."""
    _, X = two_components(300)
    X = X[:, :1]
    start = {"means_init": [[0.0], [3.0]], "covariances_init": np.ones((2, 1, 1))}
    gm = GaussianMixture(2, **start, fixed="covariances", **HOW).fit(X)

    def total(p):
        w = np.array([p[0], 1 - p[0]])
        return np.log((w * np.exp(-0.5 * (X - p[1:]) ** 2)).sum(axis=1)).sum()

    p, step = np.r_[gm.weights_[0], gm.means_.ravel()], 1e-3
    axes = step * np.eye(3)
    hessian = [
        [
            (total(p + a + b) - total(p + a - b) - total(p - a + b) + total(p - a - b)) / 4
            for a in axes
        ]
        for b in axes
    ]
    expected = np.sqrt(np.diag(np.linalg.inv(-np.array(hessian) / step**2)))
    errors = standard_errors(gm, X)
    np.testing.assert_allclose(errors.weights, expected[0], rtol=1e-4)
    np.testing.assert_allclose(errors.means.ravel(), expected[1:], rtol=1e-4)
    np.testing.assert_array_equal(errors.covariances, np.zeros((2, 1, 1)))


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_all_kinds_agree_where_the_model_is_true(covariance_type):
    true = random_mixture(covariance_type, k=2, d=2, spread=4.0)
    X, _ = sample(true, 20_000, np.random.default_rng(0))
    gm = fitted(X, true, covariance_type)
    observed = standard_errors(gm, X)
    for kind in ("opg", "sandwich"):
        other = standard_errors(gm, X, kind=kind)
        for a, b in zip(observed, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=0.06)
    for name in ("weights", "means", "covariances"):
        away = np.abs(getattr(gm, f"{name}_") - _in_shape(true, name, covariance_type))
        assert (away < 4.5 * getattr(observed, name)).all()


def _in_shape(m, name, covariance_type):
    array = getattr(m, name)
    return TYPES[covariance_type].to_sklearn(array) if name == "covariances" else array


@pytest.mark.parametrize("kind", ["observed", "opg", "sandwich"])
@pytest.mark.parametrize(("offset", "scales"), [(1e8, [1, 1]), (1e3, [1e-60, 1e60]), (0, [1e8, 1])])
def test_units_and_offsets_of_features_do_not_matter(kind, offset, scales):
    m, X = two_components(500)
    gm = fitted(X, m, "full")
    errors = standard_errors(gm, X, kind=kind)
    moved = make_mixture(
        gm.weights_, (gm.means_ + offset) * scales, gm.covariances_ * np.outer(scales, scales)
    )
    found = standard_errors(moved, (X + offset) * scales, kind=kind)
    np.testing.assert_allclose(found.weights, errors.weights, rtol=1e-7)
    np.testing.assert_allclose(found.means, errors.means * scales, rtol=1e-7)
    expected = errors.covariances * np.outer(scales, scales)
    np.testing.assert_allclose(found.covariances, expected, rtol=1e-7)


def test_the_sandwich_is_right_where_the_model_is_not():
    """Of uniform rows a Gaussian's variance has the error by their fourth moment."""
    X = np.random.default_rng(0).uniform(-1.0, 1.0, size=(500, 1))
    gm = GaussianMixture(1, reg_covar=0.0).fit(X)
    fourth = np.mean((X - X.mean()) ** 4)
    expected = math.sqrt((fourth - gm.covariances_.item() ** 2) / 500)
    sandwich = standard_errors(gm, X, kind="sandwich")
    assert sandwich.covariances.item() == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(sandwich.means, np.std(X) / math.sqrt(500))
    assert standard_errors(gm, X).covariances.item() > 1.3 * expected


def test_weights_count_rows():
    _, X = two_components(150)
    weights = np.arange(150) % 3.0
    gm = GaussianMixture(2, means_init=[[0.0, 0.0], [3.0, 1.0]], **HOW)
    gm.fit(X, sample_weight=weights)
    repeated = np.repeat(X, weights.astype(int), axis=0)
    for kind in ("observed", "opg", "sandwich"):
        a = standard_errors(gm, X, weights, kind=kind)
        b = standard_errors(gm, repeated, kind=kind)
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-9)


def test_estimators_mixtures_and_fits_have_the_same():
    m, X = two_components(300)
    gm = fitted(X, m, "full")
    expected = standard_errors(gm, X)
    assert isinstance(expected, StandardErrors)
    fit = fit_map(X, gm.mixture_, method="newton-cg", tol=1e-11)
    for model in (gm.mixture_, fit, fit.mixture):
        for a, b in zip(standard_errors(model, X), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)
    tied = fitted(X, random_mixture("tied", k=2, d=2, seed=1), "tied")
    errors = standard_errors(tied.mixture_, X)
    assert errors.covariances.shape == (1, 2, 2)
    assert standard_errors(tied, X).covariances.shape == (2, 2)
    assert errors.weights[0] == pytest.approx(errors.weights[1], rel=1e-12)


@pytest.mark.parametrize("fixed", ["weights", "means", "covariances"])
def test_what_is_fixed_has_no_error_and_the_others_less(fixed):
    m, X = two_components(300)
    gm = fitted(X, m, "full")
    free = standard_errors(gm, X)
    held = standard_errors(gm.mixture_, X, fixed=fixed)
    assert not getattr(held, fixed).any()
    for name in {"weights", "means", "covariances"} - {fixed}:
        assert (getattr(held, name) <= getattr(free, name) * (1 + 1e-9)).all()
        assert (getattr(held, name) > 0.3 * getattr(free, name)).all()
    of_model = standard_errors(fitted(X, gm.mixture_, "full", fixed=fixed), X)
    for a, b in zip(of_model, held, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_with_a_prior_they_are_the_posteriors():
    m, X = two_components(100)
    prior = default_prior(X, 2)._replace(mean_precision=200.0, mean=m.means)
    gm = fitted(X, m, "full", prior=prior)
    own, fit = standard_errors(gm, X), fit_map(X, gm.mixture_, prior=prior, tol=1e-7)
    other = standard_errors(fit, X, prior=prior)
    for a, b in zip(own, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
    assert (own.means < 0.7 * standard_errors(fitted(X, m, "full"), X).means).all()


@njit
def as_mixture(row, theta):
    w = 1.0 / (1.0 + math.exp(-theta[0]))
    a = (row[0] - theta[1]) * math.exp(-theta[3])
    b = (row[0] - theta[2]) * math.exp(-theta[4])
    density = w * math.exp(-0.5 * a * a - theta[3])
    density += (1.0 - w) * math.exp(-0.5 * b * b - theta[4])
    return math.log(density) - 0.5 * math.log(2.0 * math.pi)


@njit
def natural(theta):
    out = np.zeros(5)
    out[0] = 1.0 / (1.0 + math.exp(-theta[0]))
    out[1], out[2] = theta[1], theta[2]
    out[3], out[4] = math.exp(2.0 * theta[3]), math.exp(2.0 * theta[4])
    return out


def test_a_mixture_that_is_written_by_hand_has_the_same():
    X = two_components(400)[1][:, :1]
    start = {"means_init": [[0.0], [3.0]]}
    gm = GaussianMixture(2, **start, **HOW).fit(X)
    expected = standard_errors(gm, X)
    found = maximum_likelihood(as_mixture, X, [0.0, 0.0, 3.0, 0.0, 0.0], tol=1e-8)
    errors = standard_errors(found, X, transform=natural)
    np.testing.assert_allclose(errors[0], expected.weights[0], rtol=1e-4)
    np.testing.assert_allclose(errors[1:3], expected.means.ravel(), rtol=1e-4)
    np.testing.assert_allclose(errors[3:], expected.covariances.ravel(), rtol=1e-4)


def test_a_fit_that_has_not_converged_is_told():
    m, X = two_components(2000)
    with pytest.warns(UserWarning, match="standard errors away"):
        standard_errors(m.with_(means=m.means + 0.3), X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        standard_errors(fitted(X, m, "full"), X)


def test_a_saddle_is_no_maximum():
    _, X = two_components(300)
    gm = GaussianMixture(1, reg_covar=0.0).fit(X)
    m = make_mixture([0.5, 0.5], gm.means_[[0, 0]], gm.covariances_[[0, 0]])
    with pytest.raises(ValueError, match=r"not positive definite|singular"):
        standard_errors(m, X)
    with pytest.raises(ValueError, match="information is singular"):
        standard_errors(m, X, kind="opg")


def test_too_few_rows_are_told():
    X = blobs(5, 3, 1)
    m = GaussianMixture(1, covariance_type="full", reg_covar=0.0).fit(X).mixture_
    with pytest.raises(ValueError, match="information is singular"):
        standard_errors(m, X, kind="opg")


def test_what_is_wrong_is_refused():
    m, X = two_components(60)
    gm = GaussianMixture(2, random_state=0).fit(X)
    vei = GaussianMixture(2, covariance_type="VEI", random_state=0).fit(X)
    for args, kwargs, error, message in [
        ((gm, X), {"kind": "fisher"}, ValueError, "kind must be one of"),
        ((BayesianGaussianMixture().fit(X), X), {}, TypeError, "BayesianGaussianMixture"),
        ((gm, X[:, :1]), {}, ValueError, "1 features"),
        ((vei, X), {}, ValueError, "VEI"),
        ((gm, X), {"fixed": "means"}, ValueError, "of its own"),
        ((gm, X), {"transform": natural}, ValueError, "transform"),
        ((m.with_(weights=[1.0, 0.0]), X), {}, ValueError, "weights of zero"),
        ((m, X), {"fixed": ("weights", "means", "covariances")}, ValueError, "none has an error"),
        ((m.with_(weights=[1 - 1e-3, 1e-3]), X), {}, ValueError, "component 1 holds 0.06 rows"),
    ]:
        with pytest.raises(error, match=message):
            standard_errors(*args, **kwargs)


@pytest.mark.slow
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_they_are_those_of_the_parametric_bootstrap(covariance_type):
    true = {
        "full": two_components(1)[0],
        "tied": make_mixture([0.6, 0.4], [[0.0, 0.0], [3.0, 1.0]], [[[1.0, 0.3], [0.3, 0.7]]]),
        "diag": make_mixture(
            [0.6, 0.4], [[0, 0], [3, 1]], [[1, 0.7], [0.5, 2]], covariance_type="diag"
        ),
        "spherical": make_mixture([0.6, 0.4], [[0.0, 0.0], [3.0, 1.0]], [[1.0], [0.5]]),
    }[covariance_type]
    X, _ = sample(true, 2000, np.random.default_rng(0))
    gm = fitted(X, true, covariance_type)
    errors = standard_errors(gm, X)
    found = {name: [] for name in errors._fields}
    rng = np.random.default_rng(1)
    for _ in range(1000):
        again = fitted(sample(gm.mixture_, 2000, rng)[0], gm.mixture_, covariance_type, tol=1e-9)
        for name, values in found.items():
            values.append(getattr(again, f"{name}_"))
    for name, values in found.items():
        np.testing.assert_allclose(getattr(errors, name), np.std(values, axis=0), rtol=0.15)
