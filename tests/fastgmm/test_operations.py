"""Operations on mixtures, against NumPy's and SciPy's closed forms and scikit-learn."""

import warnings

import numpy as np
import pytest
import sklearn.mixture
from common import random_mixture
from numba import njit
from scipy.integrate import trapezoid
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import fastad
from fastgmm import (
    GaussianMixture,
    affine,
    bhattacharyya,
    condition_mean,
    conditional,
    kl_divergence,
    log_density,
    make_mixture,
    make_regression,
    marginal,
    merge,
    moment_match,
    prune,
    score,
)
from fastgmm.mixture import as_dtype

TYPES = ("full", "tied", "diag", "spherical")


def matrices(mixture):
    """Return covariances (K, D, D)."""
    k, d = mixture.means.shape
    c = np.asarray(mixture.covariances, float)
    if c.ndim == 3:
        return np.broadcast_to(c, (k, d, d))
    return np.stack([np.diag(np.broadcast_to(v, d)) for v in c])


def log_density_of(x, mixture):
    """Return the log density at x by SciPy."""
    parts = zip(mixture.weights, mixture.means, matrices(mixture), strict=True)
    return logsumexp([np.log(w) + multivariate_normal(m, c).logpdf(x) for w, m, c in parts])


def assert_consistent(mixture):
    """Factors and norms are those of the covariances, in one dtype, and cannot be written to."""
    k, d = mixture.means.shape
    kind = {3: "tied" if len(mixture.covariances) < k else "full"}.get(
        mixture.covariances.ndim, "diag" if mixture.covariances.shape[1] == d else "spherical"
    )
    again = make_mixture(
        mixture.weights, mixture.means, mixture.covariances, covariance_type=kind,
        dtype=mixture.means.dtype,
    )  # fmt: skip
    rtol = 1e-9 if mixture.means.dtype == np.float64 else 2e-4
    np.testing.assert_allclose(mixture.log_norms, again.log_norms, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(
        mixture.precisions_cholesky, again.precisions_cholesky, rtol=rtol, atol=rtol
    )
    assert not any(a.flags.writeable for a in mixture)
    assert len({a.dtype for a in mixture}) == 1


def cases():
    for name in TYPES:
        yield name, random_mixture(name, k=3, d=4, seed=1)
        yield f"{name}, one component", random_mixture(name, k=1, d=3)
    m = random_mixture("full", k=3, d=4, seed=1)
    yield "float32", make_mixture(m.weights, m.means, m.covariances, dtype=np.float32)
    yield "weight zero", m.with_(weights=[0.5, 0.0, 0.5])


CASES = [pytest.param(m, id=name) for name, m in cases()]


@pytest.mark.parametrize("mixture", CASES)
def test_a_marginal_is_of_its_rows_and_columns(mixture):
    for keep in ([2, 0], [1], list(range(mixture.means.shape[1]))):
        found = marginal(mixture, keep)
        np.testing.assert_array_equal(found.weights, mixture.weights)
        np.testing.assert_array_equal(found.means, mixture.means[:, keep])
        np.testing.assert_array_equal(matrices(found), matrices(mixture)[:, keep][:, :, keep])
        assert_consistent(found)


@pytest.mark.parametrize("mixture", CASES)
@pytest.mark.parametrize("given", [[1], [2, 0]])
def test_a_conditional_is_the_ratio_of_densities(mixture, given):
    d, x = mixture.means.shape[1], np.array([0.7, -0.3])[: len(given)]
    others = [i for i in range(d) if i not in given]
    found = conditional(mixture, given, x)
    full, known = matrices(mixture), marginal(mixture, given)
    inverse = np.linalg.inv(full[:, given][:, :, given])
    gain = full[:, others][:, :, given] @ inverse
    means = mixture.means[:, others] + np.einsum("krg,kg->kr", gain, x - known.means)
    schur = full[:, others][:, :, others] - gain @ full[:, given][:, :, others]
    rtol = 1e-10 if mixture.means.dtype == np.float64 else 1e-5
    np.testing.assert_allclose(found.means, means, rtol=rtol)
    np.testing.assert_allclose(matrices(found), schur, rtol=10 * rtol, atol=rtol)
    assert_consistent(found)
    rng = np.random.default_rng(0)
    for rest in rng.normal(size=(3, len(others))):
        point = np.empty(d)
        point[given], point[others] = x, rest
        with np.errstate(divide="ignore"):
            ratio = log_density_of(point, mixture) - log_density_of(x, known)
        assert log_density(rest, found) == pytest.approx(ratio, rel=100 * rtol, abs=100 * rtol)


@pytest.mark.parametrize("mixture", CASES)
def test_the_mean_of_a_conditional(mixture):
    given, x = [2, 0], np.array([0.7, -0.3])
    c = conditional(mixture, given, x)
    out = np.empty(c.means.shape[1])
    density = condition_mean(x, make_regression(mixture, given), out)
    rtol = 1e-12 if mixture.means.dtype == np.float64 else 1e-5
    np.testing.assert_allclose(out, c.weights @ c.means, rtol=rtol)
    assert density == pytest.approx(log_density(x, marginal(mixture, given)), rel=rtol)


def test_a_conditional_far_out_and_nearly_singular():
    scale = 1.0 - 1e-13
    m = make_mixture(
        [0.5, 0.5], [[0.0, 0.0], [1.0, -1.0]], [[[1.0, scale], [scale, 1.0]], [[1.0, 0], [0, 1.0]]]
    )
    for x in (0.0, 3.0, -1e3, 1e6):
        c = conditional(m, [0], [x])
        np.testing.assert_allclose(c.means[:, 0], [scale * x, -1.0], rtol=1e-12)
        np.testing.assert_allclose(c.covariances[:, 0, 0], [1.0 - scale**2, 1.0], rtol=1e-2)
        first = np.exp(-np.logaddexp(0.0, x - 0.5))
        np.testing.assert_allclose(c.weights, [first, 1.0 - first], atol=1e-9)
    out = np.empty(1)
    condition_mean(np.array([1e6]), make_regression(m, [0]), out)
    assert out[0] == pytest.approx(-1.0)
    assert condition_mean(np.array([1e200]), make_regression(m, [0]), out) == -np.inf
    assert np.isnan(out[0])
    np.testing.assert_array_equal(conditional(m, [0], [1e200]).weights, [0.0, 1.0])


@pytest.mark.parametrize("far", [1e3, 1e7, 1e9, 1e100, 1e160, -1e307])
def test_a_conditional_far_out_has_the_weights(far):
    """The known feature tells nothing of components: log densities have no digits left."""
    for covariances in ([np.eye(2)] * 2, [[[1.0, 0.9], [0.9, 1.0]], [[1.0, -0.9], [-0.9, 1.0]]]):
        m = make_mixture([0.9, 0.1], [[0.0, 0.0], [0.0, 3.0]], covariances)
        c = conditional(m, [0], [far])
        np.testing.assert_allclose(c.weights, [0.9, 0.1], rtol=1e-9)
        mean = GaussianMixture.from_mixture(m).predict_mean([[far]], [0])[0]
        np.testing.assert_allclose(c.weights @ c.means, mean, rtol=1e-9)


@pytest.mark.parametrize("mixture", CASES)
def test_a_score_is_the_gradient(mixture):
    d = mixture.means.shape[1]
    rng, out, step = np.random.default_rng(0), np.empty(d), 1e-5
    wide = make_mixture(
        mixture.weights / np.sum(mixture.weights, dtype=float), mixture.means,
        precisions_cholesky=np.float64(mixture.precisions_cholesky),
        covariance_type="tied" if mixture.covariances.shape[0] < len(mixture.means) else None,
    )  # fmt: skip
    for x in rng.normal(size=(5, d)) * 3:
        density = score(x, mixture, out)
        assert density == log_density(x, mixture)
        moves = step * np.eye(d)
        divided = [
            (log_density(x + h, wide) - log_density(x - h, wide)) / (2 * step) for h in moves
        ]
        np.testing.assert_allclose(out, divided, rtol=1e-6 if wide is mixture else 1e-4, atol=1e-5)


def test_a_score_has_derivatives():
    """The Hessian of the log density, through the score and through the density's gradient."""
    mixture = random_mixture("full")
    hessian = fastad.jacobian(scored)(np.ones(3), mixture)
    assert fastad.jacobian(scored, mode="forward")(np.ones(3), mixture) == pytest.approx(hessian)
    assert fastad.hessian(log_density)(np.ones(3), mixture) == pytest.approx(hessian, abs=1e-12)


@njit
def scored(x, mixture):
    out = np.zeros(x.size)
    score(x, mixture, out)
    return out


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_score_in_closed_form(covariance_type):
    m = random_mixture(covariance_type, k=3, d=4, seed=1)
    precisions, out = np.linalg.inv(matrices(m)), np.empty(4)
    for x in (np.zeros(4), m.means[1], np.full(4, 50.0), np.full(4, -1e5)):
        score(x, m, out)
        parts = zip(m.weights, m.means, matrices(m), strict=True)
        logs = [np.log(w) + multivariate_normal(a, c).logpdf(x) for w, a, c in parts]
        resp = np.exp(logs - logsumexp(logs))
        expected = resp @ np.einsum("kij,kj->ki", precisions, m.means - x)
        np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12)
    assert score(np.full(4, 1e200), m, out) == -np.inf
    assert np.isnan(out).all()
    score(np.array([0.0, np.nan, 0.0, 0.0]), m, out)
    assert np.isnan(out).any()
    single = as_dtype(m, np.float32)
    assert score(np.full(4, 1e25, np.float32), single, out) == pytest.approx(
        score(np.full(4, 1e25), m, np.empty(4)), rel=1e-5
    )
    assert np.isfinite(out).all()


@pytest.mark.parametrize("mixture", CASES)
def test_an_affine_map(mixture):
    d = mixture.means.shape[1]
    rng = np.random.default_rng(2)
    for e in (1, d - 1, d):
        a, b = rng.normal(size=(e, d)), rng.normal(size=e)
        found = affine(mixture, a, b)
        rtol = 1e-10 if mixture.means.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(found.means, mixture.means @ a.T + b, rtol=rtol, atol=rtol)
        np.testing.assert_allclose(
            matrices(found), a @ matrices(mixture) @ a.T, rtol=rtol, atol=10 * rtol
        )
        assert_consistent(found)
    a, b = rng.normal(size=(d, d)), rng.normal(size=d)
    x = rng.normal(size=d)
    expected = log_density(x, mixture) - np.linalg.slogdet(a)[1]
    assert log_density(a @ x + b, affine(mixture, a, b)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", [(2, 1, 1), (2, 1), (1, 1, 1)], ids=["full", "diag", "tied"])
def test_one_feature(shape):
    m = make_mixture([0.25, 0.75], [[0.0], [2.0]], np.full(shape, 4.0))
    out, x = np.empty(1), np.array([1.0])
    score(x, m, out)
    first = 1.0 / (1.0 + 3.0)  # both are as far away
    np.testing.assert_allclose(out, [(first * -1.0 + (1.0 - first) * 1.0) / 4.0])
    np.testing.assert_allclose(affine(m, [[-3.0]], [1.0]).covariances, 36.0)
    np.testing.assert_allclose(affine(m, [[-3.0]], [1.0]).means, [[1.0], [-5.0]])
    np.testing.assert_allclose(moment_match(m).covariances, 4.0 + 0.25 * 0.75 * 4.0)
    np.testing.assert_array_equal(marginal(m, [0]).covariances, m.covariances)
    assert bhattacharyya(m, 0, m, 1) == pytest.approx(0.125)
    with pytest.raises(ValueError, match="mixture must have two features at least"):
        make_regression(m, [0])


def moments(mixture):
    w = mixture.weights / mixture.weights.sum(dtype=float)
    mean = w @ mixture.means
    delta = mixture.means - mean
    return mean, np.einsum("k,kij->ij", w, matrices(mixture)) + (w[:, None] * delta).T @ delta


@pytest.mark.parametrize("mixture", CASES)
def test_a_matched_gaussian_has_the_moments(mixture):
    found, (mean, covariance) = moment_match(mixture), moments(mixture)
    rtol = 1e-12 if mixture.means.dtype == np.float64 else 1e-5
    assert found.weights == [1.0]
    np.testing.assert_allclose(found.means[0], mean, rtol=rtol)
    np.testing.assert_allclose(found.covariances[0], covariance, rtol=rtol, atol=rtol)
    assert_consistent(found)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_merging_keeps_moments(covariance_type):
    m = random_mixture(covariance_type, k=3, d=4, seed=1)
    for i, j in ((0, 2), (2, 0), (1, 2)):
        found = merge(m, i, j)
        assert_consistent(found)
        assert len(found.weights) == 2
        (mean, covariance), (old_mean, old) = moments(found), moments(m)
        np.testing.assert_allclose(mean, old_mean, rtol=1e-12)
        if covariance_type == "full":
            np.testing.assert_allclose(covariance, old, rtol=1e-12)
        elif covariance_type == "diag":
            np.testing.assert_allclose(np.diag(covariance), np.diag(old), rtol=1e-12)
        else:
            np.testing.assert_allclose(np.trace(covariance), np.trace(old), rtol=1e-12)
        kept = 3 - i - j
        np.testing.assert_array_equal(found.means[kept - (kept > j)], m.means[kept])
    one = merge(merge(m, 0, 1), 0, 1)
    if covariance_type == "full":
        np.testing.assert_allclose(one.covariances, moment_match(m).covariances, rtol=1e-12)


def test_merging_with_a_component_of_no_weight():
    m = random_mixture("full", k=3, d=2).with_(weights=[0.4, 0.0, 0.6])
    np.testing.assert_allclose(merge(m, 0, 1).covariances[0], m.covariances[0], rtol=1e-14)
    np.testing.assert_allclose(merge(m, 1, 0).means[0], m.means[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("weight", "far", "mean", "variance"),
    [(0.0, 1e16, 1.0, 2.0), (0.0, 1e200, 1.0, 2.0), (1e-20, 1e17, 1.001, 1e14 + 2.0)],
)
def test_merging_with_a_component_far_away_of_next_to_no_weight(weight, far, mean, variance):
    m = make_mixture([weight, 1.0], [[far], [1.0]], [[1.0], [2.0]], covariance_type="diag")
    for found in (merge(m, 0, 1), merge(m, 1, 0)):
        assert found.means.item() == pytest.approx(mean, rel=1e-15)
        assert found.covariances.item() == pytest.approx(variance, rel=1e-14)


@pytest.mark.parametrize("mixture", CASES)
def test_pruning(mixture):
    least = np.sort(mixture.weights)[0] * 1.0001 if len(mixture.weights) > 1 else 0.5
    found, kept = prune(mixture, least), mixture.weights >= least
    np.testing.assert_array_equal(found.means, mixture.means[kept])
    np.testing.assert_allclose(
        found.weights, mixture.weights[kept] / mixture.weights[kept].sum(), rtol=1e-6
    )
    assert_consistent(found)


def test_bhattacharyya_in_closed_form():
    full, diag = random_mixture("full", k=3, d=4, seed=1), random_mixture("diag", k=2, d=4)
    for a, i, b, j in ((full, 0, full, 1), (full, 2, diag, 1), (diag, 0, diag, 1)):
        s, t = matrices(a)[i], matrices(b)[j]
        middle, delta = (s + t) / 2, a.means[i] - b.means[j]
        dets = [np.linalg.slogdet(c)[1] for c in (middle, s, t)]
        expected = delta @ np.linalg.solve(middle, delta) / 8 + (dets[0] - sum(dets[1:]) / 2) / 2
        assert bhattacharyya(a, i, b, j) == pytest.approx(expected, rel=1e-10)
        assert bhattacharyya(b, j, a, i) == pytest.approx(expected, rel=1e-10)
    assert bhattacharyya(full, 1, full, 1) == 0.0


def test_bhattacharyya_by_quadrature():
    m = make_mixture([0.5, 0.5], [[0.0], [1.5]], [[[1.0]], [[4.0]]])
    x = np.linspace(-40.0, 40.0, 200_001)
    p, q = (multivariate_normal(m.means[k], m.covariances[k]).pdf(x) for k in (0, 1))
    assert bhattacharyya(m, 0, m, 1) == pytest.approx(-np.log(trapezoid(np.sqrt(p * q), x)))


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("ratio", [1.0 + 1e-7, 1e-2, 1e-9, 1e-18, 1e-100, 1e30])
def test_bhattacharyya_of_components_of_unlike_size(covariance_type, ratio):
    a = random_mixture(covariance_type, k=2, d=3)
    b = make_mixture(a.weights, a.means, ratio * a.covariances, covariance_type=covariance_type)
    # log1p((1 - r)**2 / 4 r) is log((1 + r)**2 / 4 r), which cancels near r = 1.
    expected = 3 * 0.25 * np.log1p((1.0 - ratio) ** 2 / (4.0 * ratio))
    for first, second in ((a, b), (b, a)):
        assert bhattacharyya(first, 1, second, 1) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_divergence_within_its_error(covariance_type):
    a = random_mixture(covariance_type, k=1, d=3)
    b = random_mixture(covariance_type, k=1, d=3, seed=1)
    found, error = kl_divergence(a, b, 20_000, np.random.default_rng(0))
    s, t, delta = matrices(a)[0], matrices(b)[0], b.means[0] - a.means[0]
    inverse = np.linalg.inv(t)
    exact = 0.5 * (
        np.trace(inverse @ s) + delta @ inverse @ delta - 3
        + np.linalg.slogdet(t)[1] - np.linalg.slogdet(s)[1]
    )  # fmt: skip
    assert abs(found - exact) < 4 * error < 0.2 * exact
    assert kl_divergence(a, a, 10, np.random.default_rng(0)) == (0.0, 0.0)


def test_errors_of_divergences_are_standard_errors():
    a, b = random_mixture("full", k=2, d=2), random_mixture("full", k=2, d=2, seed=3)
    runs = [kl_divergence(a, b, 500, np.random.default_rng(s)) for s in range(200)]
    estimates, errors = np.array(runs).T
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.2)


def test_a_divergence_from_where_there_is_nothing():
    a, b = (make_mixture([1.0], [[x]], [[[1e-300]]]) for x in (0.0, 1e10))
    assert kl_divergence(a, b, 10, np.random.default_rng(0)) == (np.inf, np.inf)


@njit
def all_of_them(mixture, x, keep, matrix, rng, out):
    new = affine(merge(prune(mixture, 0.01), 0, 1), matrix, x)
    regression = make_regression(new, keep)
    density = score(x, new, out)
    mean = np.empty(x.size - keep.size)
    condition_mean(x[keep], regression, mean)
    some = conditional(new, keep, x[keep])
    return (
        marginal(new, keep),
        some,
        moment_match(new),
        mean,
        density,
        bhattacharyya(new, 0, new, 1),
        kl_divergence(some, some, 10, rng),
    )


def test_in_njit_as_in_python():
    m, x = random_mixture("full", k=3, d=3), np.array([0.5, 1.0, -1.0])
    keep, matrix = np.array([2, 0]), np.eye(3) + 0.1
    arguments = m, x, keep, matrix, np.random.default_rng(0)
    out, expected_out = np.empty((2, 3))
    found = all_of_them(*arguments, out)
    expected = all_of_them.py_func(*arguments, expected_out)
    np.testing.assert_allclose(out, expected_out, rtol=1e-14)
    for one, other in zip(found, expected, strict=True):
        if isinstance(one, tuple):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)
        else:
            np.testing.assert_allclose(one, other, rtol=1e-14)


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3)) + 4.0 * rng.integers(0, 2, (300, 1))
    return GaussianMixture(2, random_state=0).fit(X), X


@pytest.mark.parametrize("covariance_type", TYPES)
def test_log_joint_of_a_model_is_scikit_learns(model, covariance_type):
    X = model[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = sklearn.mixture.GaussianMixture(
            2, covariance_type=covariance_type, random_state=0, max_iter=3
        ).fit(X)
    ours = GaussianMixture.from_sklearn(theirs)
    expected = theirs._estimate_weighted_log_prob(X)
    np.testing.assert_allclose(ours.log_joint(X), expected, rtol=1e-11)
    assert ours.log_joint(X.astype(np.float32)).dtype == np.float64
    assert (ours.log_joint(np.full((1, 3), 1e300)) == -np.inf).all()


def test_methods_of_a_model_are_the_functions(model):
    gm, X = model
    given = [2, 0]
    for found, expected in (
        (gm.marginal(given), marginal(gm.mixture_, given)),
        (gm.conditional(given, X[0, given]), conditional(gm.mixture_, given, X[0, given])),
    ):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    regression, out = make_regression(gm.mixture_, given), np.empty(1)
    means = gm.predict_mean(X[:, given], given)
    for row, mean in zip(X, means, strict=True):
        condition_mean(row[given], regression, out)
        np.testing.assert_allclose(mean, out, rtol=1e-10)
    residual = ((X[:, [1]] - means) ** 2).mean()
    assert residual < 0.9 * X[:, 1].var()
    with pytest.raises(ValueError, match="X_known has 3 columns, but given names 2 features"):
        gm.predict_mean(X, given)
