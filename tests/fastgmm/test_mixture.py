"""A Mixture: what is built, what is refused, and every way between its forms."""

import copy
import pickle

import numba
import numpy as np
import pytest
from common import COVARIANCE_TYPES, random_mixture
from hypothesis import given, strategies
from naive import full_covariances
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture as SklearnMixture

from fastgmm import GaussianMixture, Mixture, log_density, make_mixture, with_
from fastgmm.covariances import TYPES, by_shape
from fastgmm.covariances.factors import (
    covariances_of,
    precisions_cholesky_of,
    precisions_cholesky_of_precisions,
    precisions_of,
)
from fastgmm.mixture import (
    as_dtype,
    n_parameters,
)

SHAPES = {"full": (3, 2, 2), "tied": (1, 2, 2), "diag": (3, 2), "spherical": (3, 1)}
EYES = np.stack([np.eye(2)] * 3)


def spd(seed, k, d, log_condition):
    """Return k random SPD matrices (d, d) of about the given condition."""
    rng = np.random.default_rng(seed)
    q = np.linalg.qr(rng.normal(size=(k, d, d)))[0]
    spectrum = 10.0 ** rng.uniform(-log_condition / 2, log_condition / 2, size=(k, 1, d))
    a = (q * spectrum) @ q.transpose(0, 2, 1)
    return 0.5 * (a + a.transpose(0, 2, 1))


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_shapes_and_dtype(covariance_type, dtype):
    source = random_mixture(covariance_type, k=3, d=2)
    m = make_mixture(
        source.weights, source.means.tolist(), source.covariances.tolist(), dtype=dtype
    )
    assert all(a.dtype == dtype and a.flags.c_contiguous for a in m)
    assert m.weights.shape == (3,)
    assert m.means.shape == (3, 2)
    assert m.log_norms.shape == (3,)
    assert m.covariances.shape == m.precisions_cholesky.shape == SHAPES[covariance_type]
    tol = 1e-13 if dtype == np.float64 else 1e-5
    covariances = full_covariances(source.covariances, 3, 2)
    factors = full_covariances(m.precisions_cholesky, 3, 2)
    assert (np.tril(factors, -1) == 0).all()
    products = factors @ factors.transpose(0, 2, 1)
    np.testing.assert_allclose(products @ covariances, EYES, atol=10 * tol)
    peaks = [multivariate_normal(np.zeros(2), c).logpdf(np.zeros(2)) for c in covariances]
    np.testing.assert_allclose(m.log_norms, np.log(source.weights) + peaks, rtol=tol)
    np.testing.assert_allclose(m.weights, source.weights, rtol=tol)
    np.testing.assert_allclose(m.means, source.means, rtol=tol)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_from_factors_is_the_same_as_from_covariances(covariance_type):
    m = random_mixture(covariance_type)
    again = make_mixture(
        m.weights,
        m.means,
        precisions_cholesky=m.precisions_cholesky,
        covariance_type=covariance_type,
    )
    for a, b in zip(m, again, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    assert np.array_equal(m.precisions_cholesky, again.precisions_cholesky)


def test_dtype_follows_the_means():
    assert make_mixture([1.0], np.zeros((1, 2), np.float32), [[1.0, 1.0]]).weights.dtype == "f4"
    assert make_mixture([1.0], np.zeros((1, 2), np.int64), [[1, 1]]).covariances.dtype == "f8"
    assert make_mixture([1], np.zeros((1, 2), np.float16), [[1, 1]]).means.dtype == "f8"


def test_arguments_are_copied():
    weights, means, covariances = np.ones(1), np.zeros((1, 2)), np.ones((1, 2))
    m = make_mixture(weights, means, covariances)
    weights[0], means[0, 0], covariances[0, 0] = 9.0, 9.0, 9.0
    assert (m.weights[0], m.means[0, 0], m.covariances[0, 0]) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_as_dtype(covariance_type):
    m = random_mixture(covariance_type)
    assert as_dtype(m, np.float64) is m
    single = as_dtype(m, np.float32)
    assert all(np.array_equal(s, a.astype(np.float32)) for s, a in zip(single, m, strict=True))


def test_a_weight_of_zero():
    m = make_mixture([0.0, 1.0], [[0.0], [1.0]], [[1.0], [1.0]])
    assert m.log_norms[0] == -np.inf
    assert m.log_norms[1] == pytest.approx(-0.5 * np.log(2 * np.pi))


GOOD = {"weights": [0.5, 0.5], "means": [[0.0, 0.0], [1.0, 1.0]], "covariances": [[1], [1]]}
DIAG = {"covariance_type": "diag"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"means": [0.0, 1.0]}, r"means must be of shape \(K, D\), got \(2,\)"),
        ({"means": np.zeros((2, 0))}, r"means must be of shape \(K, D\), got \(2, 0\)"),
        ({"means": np.zeros((0, 2))}, r"means must be of shape \(K, D\), got \(0, 2\)"),
        ({"means": np.ma.array(np.eye(2), mask=np.eye(2))}, "means has 2 masked entries"),
        ({"weights": np.ma.array([0.5, 0.5], mask=[0, 1])}, "weights has 1 masked entries"),
        ({"covariances": np.array([[1], [1 + 1j]])}, "covariances must hold real numbers, got"),
        ({"weights": [0.5, 0.25, 0.25]}, "weights must be 2 non-negative numbers that sum to 1"),
        ({"weights": [0.5, 0.6]}, "weights must be 2 non-negative"),
        ({"weights": [-0.5, 1.5]}, "weights must be 2 non-negative"),
        ({"weights": [np.nan, 1.0]}, "weights must be 2 non-negative"),
        ({"covariances": None}, r"covariances \(or precisions_cholesky\) must be given"),
        ({"covariances": [1.0, 1.0]}, r"must be of shape .*\(spherical\), got \(2,\)"),
        ({"covariances": np.ones((2, 3))}, r"got \(2, 3\)"),
        ({"covariances": np.ones((3, 2, 2))}, r"got \(3, 2, 2\)"),
        ({"means": [[np.inf, 0.0], [1.0, 1.0]]}, "means and covariances must be finite"),
        (DIAG | {"covariances": [[np.nan, 1], [1, 1]]}, "means and covariances must be finite"),
        (DIAG | {"covariances": [[0.0, 1], [1, 1]]}, "positive definite"),
        ({"covariances": [[-1.0], [1.0]]}, "positive definite"),
        ({"covariances": [np.eye(2), [[1, 2], [2, 1]]]}, "positive definite"),
        ({"covariances": [[[1, 1], [1, 1]]]}, "positive definite"),
        ({"covariances": [np.eye(2), [[1.0, 0.9], [-0.9, 1.0]]]}, "symmetric"),
        ({"covariances": [np.eye(2), [[1e8, 30.0], [500.0, 0.1]]]}, "symmetric"),
        ({"dtype": int}, "dtype must be float64 or float32, got int64"),
        ({"dtype": np.float16}, "dtype must be float64 or float32, got float16"),
        (DIAG | {"covariances": [[1e-310, 1], [1, 1]]}, "positive definite"),
        (DIAG | {"covariances": None, "precisions_cholesky": [[0.0, 1], [1, 1]]}, "positive"),
        ({"covariances": None, "precisions_cholesky": [[-1.0], [1.0]]}, "positive"),
        ({"covariances": None, "precisions_cholesky": [[[1, 1], [0, -1]]]}, "positive"),
        ({"covariances": None, "precisions_cholesky": [[[1, 0], [1, 1]]]}, "upper triangular"),
    ],
)
def test_what_is_wrong_is_said(changes, message):
    with pytest.raises(ValueError, match=message) as caught:
        make_mixture(**{**GOOD, **changes})
    assert "\n" not in str(caught.value)


def test_where_a_shape_has_two_types_it_must_be_said_which():
    """The tied matrix of scikit-learn is not taken for a row of variances a component."""
    rng = np.random.default_rng(0)
    theirs = SklearnMixture(2, covariance_type="tied").fit(
        rng.normal(size=(50, 2)) @ [[1, 1], [0, 2]]
    )
    given = (theirs.weights_, theirs.means_, theirs.covariances_)
    with pytest.raises(ValueError, match='give covariance_type="tied" or "diag"'):
        make_mixture(*given)
    tied, diag = (make_mixture(*given, covariance_type=kind) for kind in ("tied", "diag"))
    assert log_density(np.ones(2), tied) == pytest.approx(theirs.score_samples(np.ones((1, 2)))[0])
    assert diag.covariances.shape == (2, 2)
    spherical = make_mixture(*given[:2], [1.0, 2.0], covariance_type="spherical")
    assert spherical.covariances.tolist() == [[1.0], [2.0]]
    with pytest.raises(ValueError, match=r"full covariances .* must be of shape \(2, 2, 2\)"):
        make_mixture(*given, covariance_type="full")
    with pytest.raises(ValueError, match="covariance_type must be one of full, tied"):
        make_mixture(*given, covariance_type="round")


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("how", ["with_", "_replace", "function"])
def test_no_field_of_a_mixture_lies(covariance_type, how):
    m = random_mixture(covariance_type)
    x = np.array([0.5, -1.0, 2.0])
    change = {"with_": m.with_, "_replace": m._replace}.get(how, lambda **new: with_(m, **new))
    for new in (
        {"covariances": 4.0 * m.covariances},
        {"weights": [0.2, 0.3, 0.5]},
        {"means": m.means + 1.0},
        {"precisions_cholesky": 2.0 * m.precisions_cholesky},
        {"covariances": 2.0 * TYPES[covariance_type].to_sklearn(m.covariances)},
    ):
        given = {"weights": m.weights, "means": m.means, "covariances": m.covariances} | new
        if "precisions_cholesky" in new:
            del given["covariances"]
        expected = make_mixture(**given, covariance_type=covariance_type)
        assert log_density(x, change(**new)) == pytest.approx(log_density(x, expected), rel=1e-14)
        assert log_density(x, expected) != log_density(x, m)
    with pytest.raises(TypeError, match="log_norms"):
        change(log_norms=m.log_norms)
    with pytest.raises(ValueError, match="not both"):
        change(covariances=m.covariances, precisions_cholesky=m.precisions_cholesky)
    with pytest.raises(ValueError, match="must be of shape"):
        change(means=m.means[:2], weights=[0.5, 0.5])


def test_a_mixture_is_read_only_wherever_it_comes_from():
    m = random_mixture("full")
    gm = GaussianMixture.from_mixture(m)
    copies = (copy.copy(m), copy.deepcopy(m), pickle.loads(pickle.dumps(m)))
    for made in (m, gm.mixture_, m.with_(means=m.means), as_dtype(m, np.float64), *copies):
        assert type(made) is Mixture
        assert isinstance(made, tuple)
        assert not any(a.flags.writeable for a in made)
    assert len({numba.typeof(made) for made in (m, gm.mixture_, *copies)}) == 1
    assert all(getattr(gm, name).flags.writeable for name in ("weights_", "means_", "covariances_"))


@given(
    seed=strategies.integers(0, 2**32 - 1),
    k=strategies.integers(1, 4),
    d=strategies.integers(1, 6),
    log_condition=strategies.floats(0, 6),
)
def test_factors_of_covariances_and_of_precisions(seed, k, d, log_condition):
    covariances = spd(seed, k, d, log_condition)
    factors = precisions_cholesky_of(covariances)
    tol = 1e-13 * 10**log_condition
    eyes = np.broadcast_to(np.eye(d), (k, d, d))
    whitened = factors.transpose(0, 2, 1) @ covariances @ factors
    np.testing.assert_allclose(whitened, eyes, atol=tol)
    back = covariances_of(factors)
    size = np.abs(covariances).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(back / size, covariances / size, atol=tol)
    # The factor of the precision, and not of the covariance, is the same upper triangular U.
    again = precisions_cholesky_of_precisions(precisions_of(factors))
    assert (np.tril(again, -1) == 0).all()
    size = np.abs(factors).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(again / size, factors / size, atol=tol)


@given(
    strategies.lists(strategies.floats(1e-100, 1e100), min_size=2, max_size=2),
    strategies.sampled_from([(1, 2), (2, 1)]),
)
def test_factors_of_variances(variances, shape):
    variances = np.reshape(variances, shape)
    factors = precisions_cholesky_of(variances)
    np.testing.assert_allclose(factors**2 * variances, np.ones(shape), rtol=1e-14)
    np.testing.assert_allclose(covariances_of(factors), variances, rtol=1e-14)
    again = precisions_cholesky_of_precisions(precisions_of(factors))
    np.testing.assert_allclose(again, factors, rtol=1e-14)


@pytest.mark.parametrize(
    "covariances", [[[1.0, 0.0]], [[-1.0]], [[[1.0, 1.0], [1.0, 1.0]]], [[[1e-310]]]]
)
def test_no_factor_of_what_is_singular(covariances):
    with pytest.raises(np.linalg.LinAlgError):
        precisions_cholesky_of(np.array(covariances))


@pytest.fixture(scope="module", params=COVARIANCE_TYPES)
def reference(request):
    """Return a fitted scikit-learn model of each type."""
    X = np.random.default_rng(0).normal(size=(60, 2)) * [1.0, 3.0]
    return SklearnMixture(3, covariance_type=request.param, random_state=0, reg_covar=0.1).fit(X)


def test_scikit_learns_shapes_and_back(reference):
    covariance_type = reference.covariance_type
    for name in ("covariances_", "precisions_", "precisions_cholesky_"):
        array = getattr(reference, name)
        ours = TYPES[covariance_type].from_sklearn(array)
        assert ours.shape == SHAPES[covariance_type]
        assert np.array_equal(TYPES[covariance_type].to_sklearn(ours), array)
    m = make_mixture(
        reference.weights_,
        reference.means_,
        TYPES[covariance_type].from_sklearn(reference.covariances_),
    )
    for ours, theirs in (
        (m.precisions_cholesky, reference.precisions_cholesky_),
        (precisions_of(m.precisions_cholesky), reference.precisions_),
    ):
        np.testing.assert_allclose(TYPES[covariance_type].to_sklearn(ours), theirs, rtol=1e-10)
    assert by_shape(m.covariances.shape, *m.means.shape).name == covariance_type
    assert n_parameters(m, TYPES[covariance_type]) == reference._n_parameters()


@pytest.mark.parametrize(
    ("k", "d", "shape", "expected"),
    [
        (1, 3, (1, 3, 3), "full"),
        (2, 3, (1, 3, 3), "tied"),
        (2, 3, (2, 3), "diag"),
        (2, 3, (2, 1), "spherical"),
        (2, 1, (2, 1), "diag"),
        (1, 1, (1, 1, 1), "full"),
    ],
)
def test_covariance_type_of_ambiguous_shapes(k, d, shape, expected):
    covariances = np.broadcast_to(np.eye(d) if len(shape) == 3 else 1.0, shape)
    m = make_mixture(np.full(k, 1 / k), np.zeros((k, d)), covariances)
    assert by_shape(m.covariances.shape, *m.means.shape).name == expected


@pytest.mark.parametrize(
    ("fixed", "expected"),
    [((), 17), (("weights",), 15), (("means", "covariances"), 2), (("covariances",), 8)],
)
def test_fixed_parameters_are_not_free(fixed, expected):
    assert n_parameters(random_mixture("full", k=3, d=2), TYPES["full"], fixed) == expected
