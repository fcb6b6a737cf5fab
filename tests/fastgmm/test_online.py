"""`partial_fit`: a mixture that follows a stream of blocks."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
from common import COVARIANCE_TYPES, assert_same_model, blobs, saved
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from fastgmm import GaussianMixture, Prior, make_mixture, set_num_threads
from fastgmm.model.fitting import DegenerateComponentWarning


def stream(blocks, *, weights=None, **params):
    """Return a model that has learnt from blocks."""
    gm = GaussianMixture(**{"random_state": 0, "tol": 1e-6} | params)
    for i, rows in enumerate(blocks):
        gm.partial_fit(rows, sample_weight=None if weights is None else weights[i])
    return gm


def attributes(gm):
    """Return what a model has, in a form that can be compared."""
    return {name: np.array(value, dtype=object) for name, value in vars(gm).items()}


def assert_unchanged(gm, before):
    after = attributes(gm)
    assert after.keys() == before.keys()
    for name, value in before.items():
        assert pickle.dumps(value) == pickle.dumps(after[name]), name


def textbook(blocks, weights, means, covariances, covariance_type, mode, reg_covar):
    """Return the parameters that stepwise EM gives, by sums of ``r``, ``r x`` and ``r x x^T``."""
    sums, seen, k = None, 0.0, len(weights)
    for t, X in enumerate(blocks, 1):
        seen += len(X)
        parts = zip(weights, means, covariances, strict=True)
        joint = [np.log(w) + multivariate_normal(m, c).logpdf(X) for w, m, c in parts]
        joint = np.reshape(joint, (k, len(X)))
        resp = np.exp(joint - logsumexp(joint, axis=0))
        if mode == "hard":
            resp = (joint.argmax(axis=0) == np.arange(k)[:, np.newaxis]).astype(float)
        new = [resp.mean(axis=1), resp @ X / len(X), np.einsum("kn,ni,nj->kij", resp, X, X)]
        new[2] /= len(X)
        unit = seen / t
        before = 1.0 - len(X) / seen
        gamma = -np.expm1(-((seen / unit) ** 0.4 - (before * seen / unit) ** 0.4) / 0.4)
        gamma = gamma if sums else 1.0
        sums = [(1.0 - gamma) * a + gamma * b for a, b in zip(sums or new, new, strict=True)]
        weights, means = sums[0], sums[1] / sums[0][:, np.newaxis]
        scatter = sums[2] - np.einsum("k,ki,kj->kij", weights, means, means)
        covariances = scatter / weights[:, np.newaxis, np.newaxis]
        if covariance_type == "tied":
            covariances = np.broadcast_to(scatter.sum(axis=0), covariances.shape)
        if covariance_type in ("diag", "spherical"):
            variances = np.einsum("kii->ki", covariances)
            if covariance_type == "spherical":
                variances = np.broadcast_to(variances.mean(axis=1, keepdims=True), variances.shape)
            covariances = np.array([np.diag(v) for v in variances])
        covariances = covariances + reg_covar * np.eye(X.shape[1])
    return weights, means, covariances


@pytest.mark.parametrize("mode", ["soft", "hard"])
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_it_is_what_the_textbook_says(covariance_type, mode):
    """Written down once more, by moments about the origin, in blocks of different sizes."""
    blocks = np.split(blobs(900), [200, 300, 330, 331, 700])
    weights, means, eye = np.array([0.2, 0.3, 0.5]), blocks[0][:3], np.eye(3)
    given = {"full": [4.0 * eye] * 3, "tied": 4.0 * eye, "diag": np.full((3, 3), 4.0)}
    given["spherical"] = np.full(3, 4.0)
    how = {"covariance_type": covariance_type, "assignment": mode, "reg_covar": 0.1}
    how |= {"weights_init": weights, "means_init": means, "max_iter": 0}
    gm = stream(blocks, n_components=3, covariances_init=given[covariance_type], **how)
    found = textbook(blocks, weights, means, [4.0 * eye] * 3, covariance_type, mode, 0.1)
    np.testing.assert_allclose(gm.weights_, found[0], rtol=1e-10)
    np.testing.assert_allclose(gm.means_, found[1], rtol=1e-9)
    expected = {
        "full": found[2],
        "tied": found[2][0],
        "diag": np.einsum("kii->ki", found[2]),
        "spherical": found[2][:, 0, 0],
    }
    np.testing.assert_allclose(gm.covariances_, expected[covariance_type], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_one_gaussian_has_mean_and_covariance_of_all_rows(covariance_type, offset):
    X = np.round(blobs(1000, k=1) * 2**20) / 2**20 + offset
    how = {"covariance_type": covariance_type, "learning_decay": 1.0, "reg_covar": 0.0}
    gm = stream(np.split(X, [30, 31, 33, 400]), **how)
    covariance = np.cov((X - offset).T, bias=True)
    expected = {
        "full": covariance[np.newaxis],
        "tied": covariance,
        "diag": np.diag(covariance)[np.newaxis],
        "spherical": np.diag(covariance).mean(keepdims=True),
    }[covariance_type]
    np.testing.assert_allclose(gm.covariances_, expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(gm.means_[0] - offset, (X - offset).mean(axis=0), atol=1.5e-16 * 1e9)
    assert gm.n_samples_seen_ == 1000
    assert gm.n_iter_ == 5


def test_an_integer_weight_is_the_row_repeated():
    X, rng = blobs(600), np.random.default_rng(0)
    weights = rng.integers(0, 4, size=600)
    how = {"n_components": 2, "learning_decay": 0.7, "max_iter": 5, "init_params": "k-means++"}
    start = {"means_init": X[:2], "weights_init": [0.5, 0.5], "covariances_init": [np.eye(3)] * 2}
    parts = np.split(np.arange(600), 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weighted = stream(X[np.array(parts)], weights=weights[np.array(parts)], **how, **start)
        repeated = stream([np.repeat(X[p], weights[p], axis=0) for p in parts], **how, **start)
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-10)
    np.testing.assert_allclose(weighted.covariances_, repeated.covariances_, rtol=1e-9)
    assert weighted.n_samples_seen_ == repeated.n_samples_seen_ == weights.sum()


def test_the_unit_of_weights_is_no_matter():
    X = blobs(600).reshape(6, 100, 3)
    a = stream(X, weights=np.ones((6, 100)), n_components=3)
    b = stream(X, weights=np.full((6, 100), 2.0**-40), n_components=3)
    np.testing.assert_array_equal(a.means_, b.means_)
    np.testing.assert_array_equal(a.covariances_, b.covariances_)


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEI"])
@pytest.mark.parametrize("more", [{}, {"assignment": "hard"}], ids=["soft", "hard"])
def test_it_comes_near_the_optimum_of_em(covariance_type, more):
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 3.0]])
    X = centres[rng.integers(3, size=20_000)] + rng.normal(size=(20_000, 3)) * [1.0, 1.5, 2.0]
    how = {"n_components": 3, "covariance_type": covariance_type} | more
    of_all = GaussianMixture(random_state=0, tol=1e-9, max_iter=1000, **how).fit(X)
    gm = stream(np.split(X, 100), **how)
    lost = of_all.score(X) - gm.score(X)
    assert -1e-9 <= lost < 5e-3
    found, expected = (m.means_[np.argsort(m.means_[:, 0])] for m in (gm, of_all))
    np.testing.assert_allclose(found, expected, atol=0.1)


def drifting(n_blocks, seed=0):
    """Yield blocks of two spheres that move apart from each other, and their distance."""
    rng = np.random.default_rng(seed)
    for i in range(n_blocks):
        apart = 4.0 + 10.0 * i / n_blocks
        centres = np.array([[-apart, 0.0], [apart, 0.0]])
        yield centres[rng.integers(2, size=200)] + rng.normal(size=(200, 2)), apart


def test_forgetting_follows_what_drifts():
    lag = {}
    for floor in (0.0, 0.05):
        gm = GaussianMixture(2, random_state=0, learning_decay=1.0, learning_floor=floor)
        for rows, last in drifting(400):
            gm.partial_fit(rows)
            apart = last
        lag[floor] = np.abs(np.sort(gm.means_[:, 0]) - [-apart, apart]).max()
    # It is behind by the drift of 1 / floor blocks: 20 of 400, 0.5 of 10.
    assert lag[0.05] < 0.75
    assert lag[0.0] > 3.0


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_number_of_threads_is_no_matter(covariance_type, dtype):
    blocks = np.split(blobs(12_000, dtype=dtype), [6000, 7000])
    found = []
    for n in (1, 2, 3):
        set_num_threads(n)
        found.append(stream(blocks, n_components=3, covariance_type=covariance_type))
    for gm in found[1:]:
        assert_same_model(found[0], gm)
    assert found[0].means_.dtype == dtype


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEI"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("by", ["save", "pickle", "copy"])
def test_what_was_saved_goes_on_as_if_nothing_had_been(covariance_type, dtype, by, tmp_path):
    blocks = np.split(blobs(600, dtype=dtype), 6)
    how = {"n_components": 3, "covariance_type": covariance_type, "learning_floor": 0.02}
    whole, again = stream(blocks, **how), stream(blocks[:3], **how)
    for rows in blocks[3:]:
        if by == "save":
            again = saved(again, tmp_path / "model.npz")
        else:
            again = pickle.loads(pickle.dumps(again))
        again.partial_fit(rows)
    assert_same_model(whole, again)
    assert whole.n_samples_seen_ == again.n_samples_seen_ == 600
    assert whole.n_iter_ == again.n_iter_ == 6


def test_a_fit_begins_anew_and_a_clone_has_seen_nothing():
    blocks = np.split(blobs(600), 6)
    gm = stream(blocks, n_components=3)
    assert not hasattr(clone(gm), "means_")
    gm.fit(blocks[0])
    assert_same_model(gm, GaussianMixture(3, random_state=0, tol=1e-6).fit(blocks[0]))
    assert not hasattr(gm, "n_samples_seen_")
    gm = stream(blocks, n_components=3, warm_start=True, max_iter=9, tol=1e300)
    warm = GaussianMixture.from_mixture(gm.mixture_, warm_start=True, max_iter=9, tol=1e300)
    np.testing.assert_array_equal(gm.fit(blocks[0]).means_, warm.fit(blocks[0]).means_)


@pytest.mark.parametrize("by", ["fit", "save", "fit_labeled"])
def test_a_fit_counts_for_as_many_rows_as_it_has_seen(by, tmp_path):
    """With all rows alike, and clusters far apart, it is as if the fit had been to all of them."""
    X = np.concatenate([blobs(900, k=1, seed=0), blobs(900, k=1, seed=0) + 100.0])
    X = X[np.random.default_rng(0).permutation(len(X))]
    gm = GaussianMixture(2, random_state=0, learning_decay=1.0, reg_covar=0.1)
    if by == "fit_labeled":
        gm.fit_labeled(X[:1500], (X[:1500, 0] > 50.0).astype(int))
    else:
        gm.fit(X[:1500])
    if by == "save":
        gm = saved(gm, tmp_path / "model.npz")
    gm.partial_fit(X[1500:1501]).partial_fit(X[1501:])
    of_all = GaussianMixture(2, random_state=0, reg_covar=0.1).fit(X)
    order, expected = np.argsort(gm.means_[:, 0]), np.argsort(of_all.means_[:, 0])
    np.testing.assert_allclose(gm.means_[order], of_all.means_[expected], rtol=1e-10)
    np.testing.assert_allclose(gm.covariances_[order], of_all.covariances_[expected], rtol=1e-9)
    assert gm.n_samples_seen_ == 1800
    assert gm.n_iter_ == 2


def test_a_mixture_without_a_fit_counts_for_a_block():
    mixture = make_mixture([1.0], [[10.0]], [[[1.0]]])
    gm = GaussianMixture.from_mixture(mixture, learning_decay=1.0, reg_covar=0.0)
    gm.partial_fit([[20.0]])
    np.testing.assert_allclose(gm.means_, [[15.0]])
    np.testing.assert_allclose(gm.covariances_, [[[0.5 + 25.0]]])


def test_attributes_that_are_set_count():
    blocks = np.split(blobs(600), 6)
    gm = stream(blocks, n_components=3)
    order = np.argsort(gm.weights_)
    other = pickle.loads(pickle.dumps(gm))
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_"):
        setattr(other, name, getattr(other, name)[order])
    gm.partial_fit(blocks[0])
    other.partial_fit(blocks[0])
    np.testing.assert_allclose(other.means_, gm.means_[order], rtol=1e-2)


def test_blocks_of_one_row_weigh_as_one_row():
    X = blobs(2000)
    gm = stream(np.split(X[:1000], 1), n_components=3, learning_decay=1.0)
    before = gm.score(X)
    for row in X[1000:]:
        gm.partial_fit(row[np.newaxis])
    assert gm.score(X) > before - 1e-3
    assert gm.n_samples_seen_ == 2000


def test_batch_size_is_the_unit_of_the_rate():
    """With it, what is left of the first block does not depend on how the others are cut."""
    first, rest = np.zeros((100, 1)), np.ones((900, 1))
    rest[::2] = 3.0
    kept = np.exp(-(10.0**0.4 - 1.0) / 0.4)  # the integral of u**-0.6 from 1 to 10 blocks
    for cuts in ([], [2, 50], [*range(90, 900, 90)]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DegenerateComponentWarning)  # of the first, constant
            gm = stream([first, *np.split(rest, cuts)], batch_size=100)
        np.testing.assert_allclose(gm.means_, 2.0 * (1.0 - kept), rtol=1e-12)


@pytest.mark.parametrize(
    "more", [{}, {"fixed": ("weights",)}, {"fixed": ("means",)}, {"fixed": ("covariances",)}]
)
def test_what_is_fixed_stays(more):
    X = blobs(600)
    start = {"weights_init": [0.2, 0.3, 0.5], "means_init": X[:3]}
    start["covariances_init"] = [np.eye(3) * 3.0] * 3
    gm = stream(np.split(X, 6), n_components=3, **start, **more)
    for name in more.get("fixed", ()):
        np.testing.assert_array_equal(getattr(gm, f"{name}_"), start[f"{name}_init"])
    assert np.isfinite(gm.score(X))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_covariances_that_were_held_count_for_the_rows_before(covariance_type):
    X = np.random.default_rng(0).normal(size=(50, 2)) * 3.0
    held = {"full": np.eye(2)[np.newaxis], "tied": np.eye(2), "diag": np.ones((1, 2))}
    start = held.get(covariance_type, np.ones(1))
    how = {"covariance_type": covariance_type, "learning_decay": 1.0, "reg_covar": 0.0}
    gm = GaussianMixture(1, **how, covariances_init=start, fixed="covariances")
    gm.partial_fit(X[:20]).set_params(fixed=()).partial_fit(X[20:])
    away, more = X[:20].mean(axis=0) - X.mean(axis=0), X[20:] - X.mean(axis=0)
    expected = (20 * (np.eye(2) + np.outer(away, away)) + more.T @ more) / 50
    found = gm.covariances_
    if covariance_type == "spherical":
        expected, found = np.diag(expected).mean(), found[0]
    elif covariance_type == "diag":
        expected = np.diag(expected)
    np.testing.assert_allclose(np.squeeze(found), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gm.means_[0], X.mean(axis=0), rtol=1e-12)


def test_a_prior_counts_beside_all_rows():
    X = blobs(1000, k=1)
    prior = Prior(
        mean_precision=50.0, mean=np.full(3, 5.0), degrees_of_freedom=20.0, covariance=np.eye(3)
    )
    how = {"learning_decay": 1.0, "prior": prior, "reg_covar": 0.1}
    of_all = GaussianMixture(prior=prior, reg_covar=0.1).fit(X)
    for gm in (
        stream(np.split(X, [400, 401, 600]), **how),
        GaussianMixture(**how).fit(X[:300]).partial_fit(X[300:700]).partial_fit(X[700:]),
    ):
        np.testing.assert_allclose(gm.means_, of_all.means_, rtol=1e-10)
        np.testing.assert_allclose(gm.covariances_, of_all.covariances_, rtol=1e-9)


def test_what_fails_leaves_the_model_as_it_was():
    X = blobs(600)
    gm = stream(np.split(X, 3), n_components=3)
    before = attributes(gm)
    for rows, weights, message in (
        (X[:, :2], None, "features"),
        (np.full((5, 3), np.nan), None, "NaN"),
        (X[:0], None, "0 sample"),
        (X[:5], np.zeros(5), "[Ss]ample.weight"),
        (X[:5] * 1e200, None, "too large"),
        (X[:5] * 1e154, None, "too large"),
        (b"rows.npy", None, "array of numbers"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            gm.partial_fit(rows, sample_weight=weights)
        assert_unchanged(gm, before)
    gm.set_params(n_components=2)
    with pytest.raises(ValueError, match=r"partial_fit goes on from the last fit, of n_components"):
        gm.partial_fit(X[:5])
    gm.set_params(n_components=3, covariance_type="tied")
    with pytest.raises(ValueError, match="covariance_type"):
        gm.partial_fit(X[:5])


def test_the_first_block_has_enough_rows_and_fails_whole():
    gm = GaussianMixture(3)
    with pytest.raises(ValueError, match="first block of partial_fit must have at least 3 rows"):
        gm.partial_fit(blobs(2))
    assert vars(gm) == vars(GaussianMixture(3))

    def interrupt(state):
        raise KeyboardInterrupt

    gm.set_params(callback=interrupt)
    with pytest.raises(KeyboardInterrupt):
        gm.partial_fit(blobs(100))
    assert not hasattr(gm, "means_")
    assert not hasattr(gm, "n_features_in_")


def test_names_of_features_are_checked():
    frame = pandas.DataFrame(blobs(100), columns=["a", "b", "c"])
    gm = GaussianMixture(2, random_state=0).partial_fit(frame).partial_fit(frame)
    assert gm.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        gm.partial_fit(frame[["b", "a", "c"]])


def test_a_covariance_that_becomes_singular_is_raised_with_a_warning():
    gm = GaussianMixture(reg_covar=0.0, learning_floor=0.9).partial_fit(blobs(50, k=1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(60):
            gm.partial_fit([[1.0, 2.0, 3.0]] * 50)
    assert {w.category for w in caught} == {DegenerateComponentWarning}
    assert caught[0].filename == __file__
    assert np.isfinite(gm.covariances_).all()
    assert np.isfinite(gm.score(np.ones((1, 3))))


def test_it_says_where_rounding_tells_components_apart():
    means = [[-2.0, 0.0], [2.0, 0.0]]
    X = np.random.default_rng(0).normal(size=(200, 2)) + np.repeat(means, 100, 0)
    start = {"covariances_init": [1.0, 1.0], "weights_init": [0.5, 0.5], "means_init": means}
    how = {"covariance_type": "spherical", "fixed": ("means", "covariances")}
    gm = GaussianMixture(2, **how, **start)
    gm.partial_fit(X)
    with pytest.warns(ConvergenceWarning, match="rounding decided"):
        gm.partial_fit(X + [0.0, 1e12])
    assert np.isfinite(gm.means_).all()


def test_the_lower_bound_is_of_the_block_before_its_m_step():
    first, second = np.split(blobs(600), 2)
    gm = GaussianMixture(3, random_state=0).partial_fit(first)
    expected = gm.score(second)
    gm.partial_fit(second)
    assert gm.lower_bound_ == pytest.approx(expected, rel=1e-10)
    assert gm.lower_bounds_ == [gm.lower_bound_]


def test_a_damaged_stream_is_no_model_file(tmp_path):
    gm = stream(np.split(blobs(600), 3), n_components=3)
    path = tmp_path / "model.npz"
    gm.save(path)
    with np.load(path) as file:
        arrays = dict(file)
    for name, value in (
        ("stream_nk", -arrays["stream_nk"]),
        ("stream_first", arrays["stream_first"][:1]),
        ("stream_shift", arrays["stream_shift"] * np.nan),
        ("stream_second", arrays["stream_second"].astype(np.float32)),
    ):
        np.savez(path, **arrays | {name: value})
        with pytest.raises(ValueError, match=name):
            GaussianMixture.load(path)


@pytest.mark.parametrize(
    "params",
    [
        {"learning_decay": 0.5},
        {"learning_decay": 1.1},
        {"learning_offset": -1.0},
        {"learning_floor": 1.0},
        {"batch_size": 0},
        {"algorithm": "online"},
    ],
)
def test_parameters_are_checked(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        GaussianMixture(**params).partial_fit(blobs(10))
