"""Data on which mixtures collapse: every fit ends finitely, or says why it cannot begin."""

import warnings

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs
from sklearn.exceptions import ConvergenceWarning

from fastgmm import DegenerateComponentWarning, GaussianMixture
from fastgmm.covariances.definite import FLOOR_SHARE

RNG = np.random.default_rng(0)
BASE = RNG.normal(size=(200, 3)) + 6 * RNG.integers(0, 2, size=(200, 1))

DATA = {
    "identical rows": np.ones((20, 2)),
    "identical rows far out": np.full((20, 2), 1e8),
    "two distinct rows": np.repeat([[0.0, 0.0], [1.0, 1.0]], 10, axis=0),
    "constant column": np.c_[BASE, np.full(200, 3.0)],
    "constant column far out": np.c_[BASE, np.full(200, 1e8)],
    "zero column": np.c_[BASE, np.zeros(200)],
    "duplicated column": np.c_[BASE, BASE[:, 0]],
    "collinear columns": np.c_[BASE, BASE @ [1.0, 2.0, 3.0]],
    "offset of 1e8": BASE + 1e8,
    "scale of 1e-150": BASE * 1e-150,
    "scale of 1e150": BASE * 1e149,
    "scales from 1e-150 to 1e150": BASE * [1e-150, 1.0, 1e149],
    "as many components as rows": RNG.normal(size=(5, 3)),
    "two rows": RNG.normal(size=(2, 3)),
    "more features than rows": RNG.normal(size=(8, 40)),
    "one row very far": np.vstack([BASE, [[1e12, 0.0, 0.0]]]),
    "tight and far apart": np.vstack([BASE[:100] * 1e-6, 1 + BASE[:100] * 1e-6]),
    "one dimension, few values": np.repeat([0.0, 1.0, 2.0], 7)[:, np.newaxis],
}


def fit(X, **params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", DegenerateComponentWarning)
        return GaussianMixture(
            min(5, len(X)), max_iter=15, random_state=0, **params
        ).fit(X)  # fmt: skip


def assert_finite(gm, X):
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        assert np.isfinite(getattr(gm, name)).all(), name
    assert np.isfinite(gm.lower_bounds_).all()
    assert np.isfinite(gm.score_samples(X)).all()
    resp = gm.predict_proba(X)
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, atol=1e-6)
    assert gm.weights_.sum() == pytest.approx(1.0)
    inside = (gm.means_ >= X.min(axis=0) - 1e-5 * np.abs(X).max(axis=0)) & (
        gm.means_ <= X.max(axis=0) + 1e-5 * np.abs(X).max(axis=0)
    )
    assert inside.all()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("reg_covar", [0.0, 1e-6])
@pytest.mark.parametrize("name", DATA)
def test_every_fit_ends_finitely(name, covariance_type, reg_covar):
    X = DATA[name]
    for init_params in ("kmeans", "k-means++", "random", "random_from_data"):
        for assignment in ("soft", "hard"):
            gm = fit(
                X, covariance_type=covariance_type, reg_covar=reg_covar,
                init_params=init_params, assignment=assignment,
            )  # fmt: skip
            assert_finite(gm, X)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("name", [n for n in DATA if "150" not in n])
def test_float32_ends_finitely_too(name, covariance_type):
    X = DATA[name].astype(np.float32)
    gm = fit(X, covariance_type=covariance_type)
    assert gm.means_.dtype == np.float32
    assert_finite(gm, X)


@pytest.mark.parametrize("scale", [2.0**-490, 2.0**490])
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_a_power_of_two_scales_the_fit_exactly(covariance_type, scale):
    X = blobs(200)
    a = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0, random_state=0).fit(X)
    b = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0, random_state=0).fit(
        X * scale
    )
    np.testing.assert_allclose(b.means_ / scale, a.means_, rtol=1e-9)
    np.testing.assert_allclose(b.covariances_ / scale / scale, a.covariances_, rtol=1e-8)
    assert b.n_iter_ == a.n_iter_


def test_one_row_is_refused():
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        GaussianMixture().fit([[1.0, 2.0]])


@pytest.mark.parametrize("magnitude", [1e160, 1e300])
def test_values_whose_squares_overflow_are_refused(magnitude):
    with pytest.raises(ValueError, match="too large"):
        GaussianMixture(2).fit(BASE * magnitude)


def test_a_singular_covariance_is_raised_with_one_warning():
    X = np.c_[BASE, BASE[:, 0]]
    with pytest.warns(DegenerateComponentWarning, match=r"covariances \[0\] became singular") as w:
        GaussianMixture(reg_covar=0).fit(X)
    assert len(w) == 1


def test_an_empty_component_is_moved_to_the_worst_explained_row_with_one_warning():
    X = np.vstack([BASE, [[60.0, 60.0, 60.0]]])
    start = [[3.0, 3.0, 3.0], [1e6, 1e6, 1e6]]
    seen = []
    gm = GaussianMixture(
        2,
        means_init=start,
        weights_init=[0.5, 0.5],
        covariances_init=[9 * np.eye(3)] * 2,
        callback=lambda s: seen.append(s.mixture.means) and False,
    )
    with pytest.warns(
        DegenerateComponentWarning, match=r"components \[1\] came to hold no row"
    ) as w:
        gm.fit(X)
    assert len(w) == 1
    np.testing.assert_allclose(seen[0][1], 60.0)
    assert gm.converged_
    assert gm.weights_[1] > 1e-3


@pytest.mark.parametrize("n_components", [3, 4])
def test_no_fit_ends_between_two_moves_of_a_component(n_components):
    X = np.repeat([[0.0], [1.0]], 25, axis=0)[: 25 * (n_components - 2)]
    with pytest.warns(DegenerateComponentWarning):
        gm = GaussianMixture(n_components, random_state=0).fit(X)
    assert gm.converged_
    assert gm.score(X) == pytest.approx(gm.lower_bound_, abs=1e-3)


def test_an_empty_component_of_fixed_means_stays():
    gm = GaussianMixture(
        2,
        means_init=[[3.0, 3.0, 3.0], [1e6, 1e6, 1e6]],
        fixed=("means",),
    )
    gm.fit(BASE)
    np.testing.assert_array_equal(gm.means_[1], 1e6)
    assert gm.weights_[1] == 0.0
    assert np.isfinite(gm.score_samples(BASE)).all()


def test_a_floor_is_a_share_of_the_variances_and_a_constant_feature_has_that_of_the_others():
    X = np.c_[BASE * [1.0, 2.0, 3.0], np.full(200, 5.0)]
    variances = X.var(axis=0)
    floor = 1e-10 * np.append(variances[:3], variances[:3].mean())
    with pytest.warns(DegenerateComponentWarning):
        gm = GaussianMixture(1, reg_covar=0, covariance_type="diag").fit(X)
    np.testing.assert_allclose(gm.covariances_[0] - [*variances[:3], 0], floor, rtol=1e-4)
    for covariance_type in ("diag", "spherical"):
        with pytest.warns(DegenerateComponentWarning):
            gm = GaussianMixture(1, reg_covar=0, covariance_type=covariance_type).fit(0 * X)
        np.testing.assert_allclose(gm.covariances_, 1e-10)


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_components", [2, 4])
def test_columns_of_a_category(covariance_type, dtype, n_components):
    """Collinear, and each the same in all rows of a component but for traces of others."""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = np.c_[rng.normal(size=200), np.eye(4)[rng.integers(4, size=200)]].astype(dtype)
        gm = GaussianMixture(
            n_components, covariance_type=covariance_type, reg_covar=0, max_iter=200, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of raised covariances, and that EM did not end
            gm.fit(X)
        variances = np.diagonal(np.atleast_3d(gm.covariances_.T), axis1=0, axis2=1)
        assert (variances > 0.5 * FLOOR_SHARE * X.var(axis=0)).all()
        assert np.isfinite(gm.lower_bounds_).all()
        assert gm.score(X) == pytest.approx(gm.lower_bound_, abs=0.05 * abs(gm.lower_bound_))


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("fixed", [(), ("means",)])
@pytest.mark.parametrize("d", [4, 9])
def test_equal_rows_have_no_variance_whatever_rounding_makes_of_their_mean(
    covariance_type, dtype, fixed, d
):
    for seed in range(4):
        X = np.random.default_rng(seed).normal(size=(50, d)).astype(dtype) * 5
        X[:5] = X[0]
        unit = {"full": np.eye(d), "diag": np.ones(d), "spherical": 1.0}[covariance_type]
        gm = GaussianMixture(
            2,
            covariance_type=covariance_type,
            weights_init=[0.1, 0.9],
            means_init=[X[0], np.zeros(d)],
            covariances_init=[1e-3 * unit, 25.0 * unit],
            fixed=fixed,
            reg_covar=0,
        )
        with pytest.warns(DegenerateComponentWarning, match=r"covariances \[0\] became singular"):
            gm.fit(X)
        # The floor, of a feature's variance over all rows: about its mean or about that given.
        floor = gm.covariances_[0] if covariance_type != "full" else np.diag(gm.covariances_[0])
        assert (floor > 0.1e-10 * 25).all()
        assert (floor < 3e-10 * 25).all()
