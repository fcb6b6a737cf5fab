"""Numbers far out: starts, one row far away, probabilities next to nothing, scales at the ends."""

import warnings

import mpmath
import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as SklearnMixture

from fastgmm import DegenerateComponentWarning, GaussianMixture, make_mixture, responsibilities
from fastgmm.passes.sources import ArraySource

UNITS = {
    "full": lambda k, d: np.stack([np.eye(d)] * k),
    "tied": lambda k, d: np.eye(d),
    "diag": lambda k, d: np.ones((k, d)),
    "spherical": lambda k, d: np.ones(k),
}


@pytest.mark.parametrize(
    ("d", "covariance_type"), [(2, c) for c in COVARIANCE_TYPES] + [(12, "full")]
)
@pytest.mark.parametrize("init_params", ["kmeans", "k-means++"])
@pytest.mark.parametrize("value", [1e10, 1e14])
def test_one_value_far_away_does_not_ruin_the_default_start(d, covariance_type, init_params, value):
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=600)
    X = 8.0 * np.eye(3, d)[labels] + rng.normal(size=(600, d))
    X[:, 2:] *= 0.1
    X[0, 0] = value
    for seed in range(10):
        gm = GaussianMixture(
            4, covariance_type=covariance_type, init_params=init_params, random_state=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DegenerateComponentWarning)
            found = gm.fit_predict(X)
        assert adjusted_rand_score(labels[1:], found[1:]) > 0.95


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("distance", [1e8, 1e12, 1e20])
@pytest.mark.parametrize("how", ["init", "warm_start"])
def test_a_start_far_from_the_rows_costs_no_digits(covariance_type, distance, how):
    X = np.random.default_rng(0).normal(size=(300, 3))
    options = {"covariance_type": covariance_type, "max_iter": 1, "tol": 0.0}
    start = {
        "weights": np.array([0.5, 0.5]),
        "means": distance * np.array([[1.0, 1, 1], [1.1, 1.1, 1.1]]),
        "precisions": UNITS[covariance_type](2, 3),
    }
    gm = GaussianMixture(2, **options)
    if how == "init":
        gm.set_params(**{f"{name}_init": value for name, value in start.items()})
    else:
        gm.set_params(warm_start=True)
        for name, value in (start | {"covariances": start["precisions"]}).items():
            setattr(gm, f"{name}_", value)
        gm.precisions_cholesky_, gm.converged_ = start["precisions"], False
    theirs = SklearnMixture(2, **options, **{f"{name}_init": v for name, v in start.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", DegenerateComponentWarning)  # of the second component
        gm.fit(X)
        theirs.fit(X)
    # All rows are nearest to the first component: its step is in closed form.
    expected = np.cov(X.T, bias=True) + 1e-6 * np.eye(3)
    if covariance_type in ("full", "tied"):
        np.testing.assert_allclose(gm.mixture_.covariances[0], expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(gm.means_[0], X.mean(axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(gm.means_[0], theirs.means_[0], rtol=0, atol=1e-9)
    assert np.isfinite(gm.score(X))


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("assignment", ["soft", "hard"])
@pytest.mark.parametrize("how", ["init", "warm_start"])
def test_a_start_so_far_that_rounding_decides_is_warned_of(covariance_type, assignment, how):
    """Two clusters 6 apart, and a start at as many deviations in another direction."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(200, 2)), rng.normal(size=(200, 2)) + [6.0, 0.0]])
    options = {"covariance_type": covariance_type, "assignment": assignment}
    units = UNITS[covariance_type](2, 2)

    def fitted(distance, dtype):
        means = np.array([[0.0, distance], [6.0, distance]])
        m = make_mixture([0.5, 0.5], means, units, covariance_type=covariance_type)
        gm = GaussianMixture.from_mixture(m, warm_start=True, **options)
        if how == "init":
            gm = GaussianMixture(2, means_init=means, precisions_init=units, **options)
            gm.weights_init = [0.5, 0.5]
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            gm.fit(X.astype(dtype))
        return gm.means_, any("rounding decided" in str(w.message) for w in found)

    for dtype, near, far in ((np.float64, 1e6, (1e9, 1e12, 1e20)), (np.float32, 1e2, (1e6, 1e15))):
        expected, warned = fitted(0.0, dtype)
        assert not warned
        means, warned = fitted(near, dtype)
        assert not warned
        np.testing.assert_allclose(means, expected, rtol=0, atol=1e-2)
        assert all(fitted(distance, dtype)[1] for distance in far)


def test_ties_and_clear_rows_far_from_the_start_are_not_warned_of():
    X = np.concatenate([np.zeros((50, 1)), np.ones((50, 1)), np.full((50, 1), 0.5)])
    options = {"weights_init": [0.5, 0.5], "covariances_init": np.full((2, 1, 1), 1e-20)}
    options |= {"fixed": ("weights", "covariances"), "assignment": "hard"}  # k-means
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gm = GaussianMixture(2, means_init=[[0.25], [0.75]], **options).fit(X)
    assert np.sort(gm.means_.ravel()) == pytest.approx([0.25, 1.0])


@pytest.mark.parametrize("far", [1e10, 1e14, 1e20])
def test_rows_beside_a_component_far_away_keep_their_digits(far):
    X = blobs(100, 2, 1)
    theirs = SklearnMixture(1).fit(X)
    near = GaussianMixture.from_sklearn(theirs)
    both = GaussianMixture(2)
    both.weights_, both.means_ = np.array([0.5, 0.5]), np.vstack([near.means_, [[far, far]]])
    both.covariances_ = np.stack([near.covariances_[0], np.eye(2)])
    expected = theirs.score_samples(X) + np.log(0.5)
    np.testing.assert_allclose(both.score_samples(X), expected, rtol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize(("d", "k"), [(2, 3), (12, 9), (40, 9)])
def test_probabilities_are_right_down_to_the_smallest_number(covariance_type, d, k):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, d)) + 10 * rng.integers(0, k, size=(300, 1))
    gm = GaussianMixture(k, covariance_type=covariance_type, random_state=0).fit(X)
    rows = X * np.linspace(1, 5, 300)[:, np.newaxis]
    found, expected = gm.predict_proba(rows), gm.to_sklearn().predict_proba(rows)
    assert (expected < 1e-24).mean() > 0.5
    normal = expected > 1e-290
    np.testing.assert_allclose(found[normal], expected[normal], rtol=1e-8)
    np.testing.assert_allclose(found[~normal], expected[~normal], atol=1e-297)
    assert ((found > 0) == (expected > 0)).mean() > 0.999  # where the last bit is zero or not
    out = np.empty(k)
    for row, resp in zip(rows[:20], found[:20], strict=True):
        responsibilities(row, gm.mixture_, out)
        np.testing.assert_allclose(resp, out, rtol=1e-8, atol=1e-300)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize(
    ("dtype", "sizes"),
    [
        (np.float64, [1e100, 1e119, 1e120, 1e121, 1e140, 1e150, 1e152]),
        (np.float32, [1e2, 1e5, 1e11, 1e12, 1e13, 1e15, 1e18]),
    ],
)
def test_outliers_keep_their_order(covariance_type, dtype, sizes):
    X = blobs(300, 2).astype(dtype)
    gm = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X)
    theirs = gm.to_sklearn()
    for name in ("weights_", "means_", "precisions_cholesky_"):
        setattr(theirs, name, getattr(theirs, name).astype(float))
    rows = (np.array(sizes)[:, np.newaxis] * [[1.0, -0.3]]).astype(dtype)
    scores, expected = gm.score_samples(rows), theirs.score_samples(rows.astype(float))
    np.testing.assert_allclose(scores, expected, rtol=1e-12 if dtype == np.float64 else 1e-6)
    assert (np.diff(scores) < 0).all()
    likeliest = theirs.predict(rows.astype(float))
    if covariance_type == "tied":  # squares that are equal, but for rounding: means decide
        linear = rows.astype(float) / 1e152 @ gm.precisions_.astype(float) @ gm.means_.T
        likeliest = np.where(np.array(sizes) < 1e8, likeliest, linear.argmax(axis=1))
    np.testing.assert_array_equal(gm.predict(rows), likeliest)
    assert gm.score(rows) == pytest.approx(expected.mean(), rel=1e-6)
    resp = gm.predict_proba(rows)
    np.testing.assert_array_equal(resp.argmax(axis=1), gm.predict(rows))
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, rtol=1e-6)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_smallest_scale_is_right_and_below_it_is_refused(covariance_type):
    X = np.random.default_rng(0).normal(size=(200, 2))
    gm = GaussianMixture(1, covariance_type=covariance_type, reg_covar=0)
    expected = gm.fit(X).covariances_
    found = gm.fit(X * 1e-153).covariances_ / 1e-153 / 1e-153
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    for scale in (1e-160, 1e-165, 1e-200, 1e-320):
        one = X * [1.0, scale]  # a feature of that scale; spherical ones have their mean
        for small in (X * scale, *([one] * (covariance_type != "spherical"))):
            with pytest.raises(ValueError, match="X has values too small for squares in float64"):
                gm.fit(small)


@pytest.mark.parametrize("name", ["weights", "means", "covariances", "precisions_cholesky"])
def test_a_callback_cannot_change_the_fit(name):
    seen = []

    def meddle(state):
        seen.append(state.mixture)
        with pytest.raises(ValueError, match="read-only"):
            getattr(state.mixture, name)[:] = 0.0

    gm = GaussianMixture(3, random_state=0, callback=meddle).fit(blobs(200))
    assert len(seen) == gm.n_iter_
    gm.means_ += 1.0
    np.testing.assert_array_equal(seen[-1].means + 1.0, gm.means_)


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (lambda X: GaussianMixture(reg_covar=np.inf).fit(X), "'reg_covar' parameter"),
        (
            lambda X: GaussianMixture().fit(X, sample_weight=np.full(50, 1e308)),
            "sample_weight must",
        ),
        (lambda X: GaussianMixture().fit(X, sample_weight=np.full(50, 1e-308)), "sample_weight"),
        (lambda X: GaussianMixture().fit_labeled(X, np.r_[np.nan, np.zeros(49)]), "y has NaN"),
        (lambda X: GaussianMixture(precisions_init=[1e-320 * np.eye(3)]).fit(X), "precisions_init"),
    ],
)
def test_what_is_to_blame_is_blamed(fit, message):
    with pytest.raises(ValueError, match=message):
        fit(blobs(50))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("apart", [300.0, 900.0])
def test_float32_moments_taken_far_from_where_a_component_ends(covariance_type, apart):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(300, 1)), apart + rng.normal(size=(300, 1))])
    X, y = X.astype(np.float32), np.repeat([0, 1], 300)
    options = {"covariance_type": covariance_type, "reg_covar": 0.0}
    gm = GaussianMixture(2, means_init=[[apart / 2]] * 2, **options).fit_labeled(X, y)
    wanted = np.array([X[y == k].astype(float).var() for k in (0, 1)])
    if covariance_type == "tied":
        wanted = wanted.mean(keepdims=True)
    assert gm.covariances_.ravel() == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
@pytest.mark.parametrize(
    ("dtype", "sd", "score_error"),
    [(np.float64, sd, 1e-12) for sd in (1e-9, 1e-12, 1e-15)]
    + [(np.float32, sd, 5e-5) for sd in (1e-2, 1e-4, 1e-7)],
)
def test_a_tight_cluster_near_zero_keeps_its_digits(covariance_type, dtype, sd, score_error):
    rng = np.random.default_rng(0)
    X = np.concatenate([sd * rng.normal(size=(150, 2)), 1 + 0.1 * rng.normal(size=(350, 2))])
    X = X.astype(dtype)
    gm = GaussianMixture(
        2,
        covariance_type=covariance_type,
        weights_init=[0.3, 0.7],
        means_init=[[0.0, 0.0], [1.0, 1.0]],
        covariances_init=UNITS[covariance_type](2, 2)
        * np.reshape([sd**2, 0.01], (2,) + (1,) * (UNITS[covariance_type](2, 2).ndim - 1)),
        reg_covar=0,
        max_iter=3,
        tol=1e-3,
    ).fit(X)
    near = X[:150].astype(np.longdouble)
    expected = GaussianMixture(1, covariance_type=covariance_type, reg_covar=0).fit(
        (near / sd).astype(float)
    )
    np.testing.assert_allclose(gm.means_[0] / sd, expected.means_[0], rtol=0, atol=1e-6)
    covariance = gm.covariances_[0].astype(float) / sd / sd
    rtol = 1e-9 if dtype == np.float64 else 1e-6
    np.testing.assert_allclose(covariance, expected.covariances_[0], rtol=0, atol=rtol)
    scores = expected.score_samples((near / sd).astype(float)) - 2 * np.log(sd) + np.log(0.3)
    np.testing.assert_allclose(gm.score_samples(X)[:150], scores, rtol=0, atol=score_error)


@pytest.mark.parametrize("covariance_type", ["full", "diag"])
@pytest.mark.parametrize("far", [1e3, 1e4, 9e4, 9e6])
def test_float32_rows_beside_a_wide_component_far_away(covariance_type, far):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(1000, 1)), far + 100 * rng.normal(size=(300, 1))])
    X = X.astype(np.float32)
    units = UNITS[covariance_type](2, 1)
    options = {
        "covariance_type": covariance_type,
        "weights_init": [10 / 13, 3 / 13],
        "means_init": [[0.0], [far]],
        "covariances_init": units * np.reshape([1.0, 1e4], (2,) + (1,) * (units.ndim - 1)),
    }
    single = GaussianMixture(2, **options).fit(X)
    double = GaussianMixture(2, **options).fit(X.astype(float))
    found, expected = single.score_samples(X), double.score_samples(X.astype(float))
    np.testing.assert_allclose(found[:1000], expected[:1000], rtol=0, atol=5e-4)
    np.testing.assert_allclose(single.covariances_, double.covariances_, rtol=5e-5)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_what_float32_cannot_hold_is_refused(covariance_type):
    X = blobs(200, 2, 2)
    gm = GaussianMixture(2, covariance_type=covariance_type, reg_covar=0, random_state=0)
    expected = gm.fit(X.astype(np.float32)).covariances_
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (2.0**-58, 2.0**58):
            gm.fit((X * scale).astype(np.float32))
            np.testing.assert_allclose(gm.covariances_ / scale / scale, expected, rtol=1e-3)
            assert np.isfinite(gm.precisions_).all()
        for scale, size in ((1e-20, "small"), (1e-23, "small"), (1e20, "large"), (1e36, "large")):
            match = f"X has values too {size} for variances in float32"
            with pytest.raises(ValueError, match=match):
                gm.fit((X * scale).astype(np.float32))
    with pytest.raises(ValueError, match="means or covariances are too large"):
        make_mixture([1.0], [[0.0]], [[1e50]], dtype=np.float32)
    given = {"weights_init": [1.0], "means_init": [[0.0, 0.0]], "fixed": "covariances"}
    units = 1e-50 * UNITS[covariance_type](1, 2)
    with pytest.raises(ValueError, match="too small for variances in float32"):
        gm.set_params(n_components=1, covariances_init=units, **given).fit(X.astype(np.float32))


def exact_odds(x, mixture, k, j):
    """Return the log odds of component k over j at a point, by 800 digits."""
    with mpmath.workdps(800):
        found = []
        for c in (k, j):
            d = len(x)
            factor = mixture.precisions_cholesky[c % len(mixture.precisions_cholesky)]
            if factor.ndim == 1:
                factor = np.diag(np.broadcast_to(factor, d))
            delta = mpmath.matrix([mpmath.mpf(a) for a in x])
            delta -= mpmath.matrix(mixture.means[c].tolist())
            y = mpmath.matrix(factor.tolist()).T * delta
            square = mpmath.fsum(v * v for v in y)
            found.append(mpmath.mpf(float(mixture.log_norms[c])) - square / 2)
        return float(mpmath.sign(found[0] - found[1]) * min(abs(found[0] - found[1]), 1e300))


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("size", [1e6, 1e7, 1e9, 1e11, 1e16, 1e20, 1e45, 1e60, 1e100, 1e160, 1e300])
def test_rows_however_far_out_have_the_right_component(covariance_type, size):
    rng = np.random.default_rng(0)
    units = UNITS[covariance_type](3, 2)
    # The first two have the same covariance, the third is tighter, if there may be one.
    shape = () if covariance_type == "tied" else (3,) + (1,) * (units.ndim - 1)
    covariances = units * np.reshape([1.0, 1.0, 0.25] if shape else 1.0, shape)
    m = make_mixture(
        [0.9, 0.05, 0.05],
        [[0.0, 0.0], [5.0, 1.0], [-3.0, 2.0]],
        covariances,
        covariance_type=covariance_type,
    )
    gm = GaussianMixture.from_mixture(m, covariance_type=covariance_type)
    rows = rng.normal(size=(8, 2)) * size
    labels, resp = gm.predict(rows), gm.predict_proba(rows)
    for x, label, r in zip(rows, labels, resp, strict=True):
        odds = np.array([exact_odds(x, m, k, 0) for k in range(3)])
        assert label == odds.argmax()
        np.testing.assert_allclose(r, np.exp(odds - odds.max()), atol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("outputs", ["labels", "resp"])
def test_what_rows_have_in_common_does_not_count_however_far_out(covariance_type, dtype, outputs):
    means = np.zeros((2, 2), dtype)
    means[1, 0] = 1.0
    units = UNITS[covariance_type](2, 2)
    m = make_mixture([0.5, 0.5], means, units, covariance_type=covariance_type)
    gm = GaussianMixture.from_mixture(m, covariance_type=covariance_type)
    far = 10.0 ** np.linspace(0, 30, 301)
    near = np.where(np.arange(301) % 2, 0.4, 0.6)
    X = np.stack([near, far], axis=1).astype(dtype)
    expected = 1.0 / (1.0 + np.exp(X[:, 0].astype(float) - 0.5))
    if outputs == "labels":
        assert np.array_equal(gm.predict(X), expected < 0.5)
    else:
        tolerance = 1e-8 if dtype == np.float64 else 5e-4
        np.testing.assert_allclose(gm.predict_proba(X)[:, 0], expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_ordinary_rows_of_many_features_are_not_far_out(dtype, monkeypatch):
    monkeypatch.setattr(ArraySource, "_score_far_out", None)
    d = 3000
    means = np.zeros((2, d), dtype)
    m = make_mixture([0.5, 0.5], means, [[1.0], [1e4]], covariance_type="spherical")
    gm = GaussianMixture.from_mixture(m, covariance_type="spherical")
    X = np.random.default_rng(0).normal(size=(20, d)).astype(dtype)
    X[10:] *= 100
    assert gm.predict(X).tolist() == [0] * 10 + [1] * 10
    np.testing.assert_allclose(gm.score_samples(X), gm.to_sklearn().score_samples(X), rtol=1e-5)


@pytest.mark.parametrize("size", [1e100, 1e160, 1e300])
def test_a_weight_of_zero_has_no_rows_however_wide_it_is(size):
    for variance in (1e-20, 1.0, 1e20, 1e200):
        m = make_mixture([1.0, 0.0], [[0.0], [0.0]], [[1.0], [variance]])
        gm = GaussianMixture.from_mixture(m)
        assert gm.predict([[size], [-size]]).tolist() == [0, 0]
        assert gm.predict_proba([[size], [-size]]).tolist() == [[1.0, 0.0]] * 2


def test_swapped_variances_tell_far_rows_apart_by_their_means():
    m = make_mixture(
        [0.5, 0.5], [[0.0, 0.0], [1.0, 0.0]], [[1.0, 4.0], [4.0, 1.0]], covariance_type="diag"
    )
    gm = GaussianMixture.from_mixture(m, covariance_type="diag")
    rows = np.array([[1.0, 1.0], [-1.0, 1.0]]) * 1e20
    assert gm.predict(rows).tolist() == [1, 0]


@pytest.mark.parametrize("covariance_type", ["full", "diag"])
@pytest.mark.parametrize("level", [1e4, 1e6])
def test_float32_rows_of_components_many_deviations_apart(covariance_type, level):
    """Prices: all rows of a component have the same, and reg_covar is its variance."""
    rng = np.random.default_rng(0)
    prices = rng.uniform(0.1, 1.0, size=4) * level
    X = np.c_[prices[rng.integers(4, size=600)], rng.normal(size=600)].astype(np.float32)
    gm = GaussianMixture(4, covariance_type=covariance_type, random_state=0).fit(X)
    wide = GaussianMixture(4, covariance_type=covariance_type, random_state=0).fit(np.float64(X))
    assert gm.lower_bound_ == pytest.approx(wide.lower_bound_, abs=1e-4)
    scores = gm.score_samples(X)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, gm.score_samples(np.float64(X)), atol=1e-4)
    assert np.array_equal(gm.predict(X), gm.predict(np.float64(X)))
    resp = gm.predict_proba(X)
    assert resp.dtype == np.float32
    np.testing.assert_allclose(resp, gm.predict_proba(np.float64(X)), atol=1e-6)
