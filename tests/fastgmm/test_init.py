import numpy as np
import pytest
from common import blobs, options_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from fastgmm import GaussianMixture
from fastgmm.em import start
from fastgmm.em.start import SAMPLE_ROWS, _label_means, initial_mixture, kmeans_plusplus
from fastgmm.passes.sources import ArraySource


def squares(X, centres, weights=1.0):
    """Return the (weighted) sum of squared distances from the nearest centres."""
    return (((X[:, np.newaxis] - centres) ** 2).sum(axis=2).min(axis=1) * weights).sum()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 120), st.integers(1, 5), st.integers(1, 8), st.integers(0, 3),
    st.sampled_from([1e-150, 1.0, 1e150]), st.integers(0, 10**6),
)  # fmt: skip
def test_centres_are_rows_and_the_variance_is_theirs(n, d, k, n_given, scale, seed):
    rng = np.random.default_rng(seed)
    X, weights = scale * rng.normal(size=(n, d)), rng.integers(1, 4, n)
    given = scale * rng.normal(size=(n_given, d))
    draws = np.random.RandomState(seed)
    centres, variance = kmeans_plusplus(X, weights, k, draws, given=given)
    assert len(centres) == k
    assert all((row == X).all(axis=1).any() for row in np.unique(centres, axis=0))
    every = np.concatenate([given, centres]) / scale
    expected = squares(X / scale, every, weights) / weights.sum() / d
    assert variance / scale**2 == pytest.approx(expected, rel=1e-10, abs=1e-20)


def test_draws_are_in_proportion_to_weight_and_squared_distance(monkeypatch):
    # Of two draws the better is kept: the row at -10 (weight 1), which leaves 36; that at 3
    # (weight 4) leaves 100.
    monkeypatch.setattr("fastgmm.em.start.SEEDING_EFFORT", 1)
    X, weights = np.array([[-10.0], [3.0], [0.0]]), np.array([1.0, 4.0, 7.0])
    rng = np.random.RandomState(0)
    chosen = [kmeans_plusplus(X, weights, 1, rng, given=[[0.0]])[0][0, 0] for _ in range(4000)]
    # 100 : 36 : 0 at each draw; 3 only if both draws say so
    assert np.mean(np.array(chosen) == 3.0) == pytest.approx((36 / 136) ** 2, abs=0.015)
    assert 0.0 not in chosen


def test_every_cluster_far_from_the_others_is_found():
    rng = np.random.default_rng(0)
    grid = 1e8 + 100.0 * np.stack(np.meshgrid(range(4), range(4)), axis=-1).reshape(16, 2)
    X = np.repeat(grid, 30, axis=0) + rng.normal(size=(480, 2))
    for seed in range(5):
        centres, _ = kmeans_plusplus(X, np.ones(480), 16, np.random.RandomState(seed))
        assert squares(X, centres) < 480 * 2 * 4


@pytest.mark.parametrize("place", [0, 17, 479])
@pytest.mark.parametrize("far", [1e12, 1e18])
def test_every_cluster_is_found_beside_a_row_that_is_far_away(far, place):
    rng = np.random.default_rng(1)
    grid = 10.0 * np.stack(np.meshgrid(range(4), range(4)), axis=-1).reshape(16, 2)
    X = np.repeat(grid, 30, axis=0) + 0.1 * rng.normal(size=(480, 2))
    X[place] = far
    near = np.arange(480) != place
    for seed in range(5):
        centres, _ = kmeans_plusplus(X, np.ones(480), 17, np.random.RandomState(seed))
        assert squares(X[near], centres) < 480 * 2 * 4 * 0.01


@pytest.mark.parametrize(
    ("n", "d", "k", "n_seeds"), [(2000, 2, 8, 30), (2000, 8, 4, 5), (2 * SAMPLE_ROWS, 2, 5, 3)]
)
def test_kmeans_is_as_good_as_sklearns(n, d, k, n_seeds):
    # The last shape is larger than the sample: most of the iterations do not see all rows.
    X = blobs(n, d, k, seed=1, spread=2.0)
    ours, theirs = [], []
    for seed in range(n_seeds):
        mixture = initial_mixture(
            ArraySource(X), k, options_of("spherical"), "kmeans", np.random.RandomState(seed)
        ).mixture
        ours.append(squares(X, mixture.means))
        with threadpool_limits(1):  # its threads wait busily for each other on a shared machine
            theirs.append(KMeans(k, n_init=1, random_state=seed).fit(X).inertia_)
    assert np.median(ours) < 1.01 * np.median(theirs)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(5, 400), st.integers(1, 5), st.integers(1, 5), st.booleans(),
    st.sampled_from([1e-170, 1e-3, 1.0, 1e153]), st.integers(0, 10**6),
)  # fmt: skip
def test_kmeans_of_few_rows_is_hard_em(n, d, k, weighed, scale, seed):
    rng = np.random.default_rng(seed)
    X = scale * (rng.normal(size=(n, d)) + 3.0 * rng.integers(0, 3, (n, 1)))
    weights = rng.integers(1, 3, n).astype(float) if weighed else np.ones(n)
    draws = np.random.RandomState(seed)
    centres, variance = kmeans_plusplus(X, weights, k, draws)
    variance = max(variance, (1e-6 * scale) * scale)  # zero where each row is a centre
    found = start._kmeans_by_numpy(X, weights, centres, 1e-5 * variance)
    if 1e-150 < scale < 1e150:  # for hard EM a square has to be a number
        wanted = start._kmeans(ArraySource(X, weights), centres, variance, 1e-5)
        np.testing.assert_allclose(found / scale, wanted / scale, rtol=1e-9, atol=1e-9)
    before = squares(X / scale, centres / scale, weights)
    assert squares(X / scale, found / scale, weights) <= before * (1 + 1e-12) + 1e-20


def test_kmeans_of_few_rows_leaves_out_those_without_weight():
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(200, 3)), np.repeat([1.0, 2.0, 0.0, 1.0], 50)
    centres, kept = X[[0, 60, 170]], weights > 0
    found = start._kmeans_by_numpy(np.where(kept[:, np.newaxis], X, 1e300), weights, centres, 0.0)
    np.testing.assert_allclose(
        found, start._kmeans_by_numpy(X[kept], weights[kept], centres, 0.0), rtol=1e-13
    )


@pytest.mark.parametrize("far", [1e6, 1e15, 1e17])
def test_kmeans_of_few_rows_keeps_digits_beside_a_row_that_is_far_away(far):
    near = np.concatenate([blobs(100, 2), blobs(100, 2) + 100.0])
    X = np.concatenate([[[far, far]], near])
    found = start._kmeans_by_numpy(X, np.ones(201), X[[0, 5, 150]], 0.0)
    wanted = start._kmeans_by_numpy(near, np.ones(200), X[[5, 150]], 0.0)
    np.testing.assert_allclose(found, [X[0], *wanted], rtol=1e-13)


def test_kmeans_of_fewer_distinct_rows_than_centres():
    X = np.repeat([[0.0], [1.0], [5.0]], 10, axis=0)
    centres = np.array([[0.0], [1.0], [5.0], [5.0]])
    assert start._kmeans_by_numpy(X, np.ones(30), centres, 0.0) is None
    with pytest.warns(UserWarning, match="Degenerate mixture"):
        gm = GaussianMixture(4, covariance_type="diag", random_state=0).fit(X)
    assert set(np.round(gm.means_.ravel(), 3)) >= {0.0, 1.0, 5.0}


def test_rows_are_assigned_by_spheres_as_by_products(monkeypatch):
    X, found = blobs(300, start.FEWEST_FEATURES_BY_SPHERES, 4), []
    for least in (0.0, np.inf):
        monkeypatch.setattr(start, "LEAST_WORK_BY_SPHERES", least)
        rng = np.random.RandomState(0)
        run = initial_mixture(ArraySource(X), 4, options_of("full", 1e-6), "kmeans", rng)
        found.append(run.mixture)
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * np.abs(b).max())


def test_rows_without_weight_are_not_seen():
    X = np.concatenate([blobs(60, 2, 3), np.full((4 * SAMPLE_ROWS, 2), 1e9)])
    weights = np.zeros(len(X))
    weights[:60] = 1.0
    options = options_of(reg_covar=1e-6)
    for method in ("kmeans", "k-means++", "random_from_data", "random"):
        both = [
            initial_mixture(source, 3, options, method, np.random.RandomState(0)).mixture
            for source in (ArraySource(X, weights), ArraySource(X[:60], weights[:60]))
        ]
        np.testing.assert_allclose(both[0].means, both[1].means, rtol=1e-7)


@pytest.mark.parametrize(
    ("dtype", "size"), [(np.float64, 1e-140), (np.float64, 1e140), (np.float32, 1e15)]
)
def test_a_start_from_labelled_rows_of_any_size(dtype, size):
    X = blobs(60, 2, 3).astype(dtype) * dtype(size)
    y = np.arange(60) % 4 - 1
    source, wide = ArraySource(X, labels=y), X.astype(float)
    of_labels = np.array([wide[y == k].mean(axis=0) for k in range(3)])
    found = _label_means(source, 3, wide.mean(axis=0), float(wide.var()))
    np.testing.assert_allclose(found / size, of_labels / size, rtol=1e-6)
    draws = np.random.RandomState(0)
    start = initial_mixture(source, 3, options_of("spherical"), "labels", draws).mixture
    distances = np.square(wide[:, np.newaxis] / size - of_labels / size).sum(axis=2)
    nearest = np.where(y >= 0, y, distances.argmin(axis=1))
    means = np.array([wide[nearest == k].mean(axis=0) for k in range(3)])
    np.testing.assert_allclose(start.means / size, means / size, rtol=1e-6)


@pytest.mark.parametrize(
    ("y", "weights", "message"),
    [
        ([0, 0, 1, 1], [1, 1, 1e-15, 1e-15], r"sample_weight .* components \[1\] is zero or below"),
        ([0, 0, 1, 1], [1, 1, 0, 0], r"sample_weight .* components \[1\] is zero"),
        ([0, 0, 0, 0], [1, 1, 1, 1], r"y names no row of the components \[1\]"),
        (np.array([0, 0, 1, 2**64 - 1], np.uint64), None, "values from 0 to 18446744073709551615"),
        ([0, 0, 1, np.inf], None, "got values from 0.0 to inf"),
    ],
)
def test_labels_that_do_not_do_are_refused_for_what_they_are(y, weights, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(2).fit_labeled([[0.0], [2.0], [10.0], [14.0]], y, sample_weight=weights)


@pytest.mark.parametrize("name", ["covariances_init", "precisions_init"])
def test_a_given_start_without_finite_inverses_is_named(name):
    with pytest.raises(ValueError, match=f"^{name} "):
        GaussianMixture(1, **{name: [1e-310 * np.eye(2)]}).fit(blobs(20, 2))
