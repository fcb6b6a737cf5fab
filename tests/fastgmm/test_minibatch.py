"""`fit` by mini-batches: how near it comes to EM, and after how many rows."""

import numpy as np
import pytest
from common import COVARIANCE_TYPES, assert_same_model, blobs, saved
from sklearn.exceptions import ConvergenceWarning

from fastgmm import GaussianMixture, Prior, set_num_threads
from fastgmm.passes.batches import drawn_batches
from fastgmm.passes.sources import ArraySource


def minibatch(k=3, **params):
    return GaussianMixture(k, **{"algorithm": "minibatch", "random_state": 0} | params)


def clusters(n, dtype=np.float64):
    """Return rows of three ellipsoids that overlap little."""
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 3.0]])
    rows = centres[rng.integers(3, size=n)] + rng.normal(size=(n, 3)) * [1.0, 1.5, 2.0]
    return rows.astype(dtype)


@pytest.fixture
def counted(monkeypatch):
    """Count the rows of which statistics are found."""
    found, statistics = [], ArraySource.statistics

    def counting(self, *args, **kwargs):
        found.append(self.n_rows)
        return statistics(self, *args, **kwargs)

    monkeypatch.setattr(ArraySource, "statistics", counting)
    return found


@pytest.mark.parametrize("size", [1, 7, 50, 99, 100, 1000])
def test_batches_are_all_rows_once_in_any_order(size):
    X, weight = np.arange(200.0).reshape(100, 2), np.arange(100.0)
    rng = np.random.default_rng(0)
    for _ in range(2):
        batches = list(ArraySource(X, weight).batches(size, rng))
        rows = np.concatenate([batch.X for batch in batches])
        assert sorted(rows.tolist()) == X.tolist()
        assert np.ptp([batch.n_rows for batch in batches]) <= 1
        assert max(batch.n_rows for batch in batches) <= size
        for batch in batches:
            np.testing.assert_array_equal(batch.sample_weight, batch.X[:, 0] / 2.0)


def test_every_order_is_as_likely():
    """The first batch of a half has each row in half of the draws: chi-squared of 20 rows."""
    X, rng, n = np.arange(20.0)[:, np.newaxis], np.random.default_rng(1), 2000
    held = np.zeros(20)
    for _ in range(n):
        held[next(drawn_batches(ArraySource(X), 10, rng)).X[:, 0].astype(int)] += 1
    assert np.square(held - n / 2).sum() / (n / 4) < 40.0


def test_float32_rows_and_strides_are_kept():
    X = np.asfortranarray(blobs(100, dtype=np.float32))[:, ::2]
    for batch in ArraySource(X, dtype=np.float64).batches(30, np.random.default_rng(0)):
        assert batch.X.dtype == np.float32
        assert batch.dtype == np.float64


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEI"])
@pytest.mark.parametrize("more", [{}, {"assignment": "hard"}], ids=["soft", "hard"])
def test_it_finds_what_em_finds(covariance_type, more):
    X = clusters(40_000)
    how = {"covariance_type": covariance_type} | more
    em = GaussianMixture(3, random_state=0, tol=1e-9, max_iter=1000, **how).fit(X)
    gm = minibatch(**how).fit(X)
    assert abs(em.score(X) - gm.score(X)) < 1e-4
    found, expected = (m.means_[np.argsort(m.means_[:, 0])] for m in (gm, em))
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert gm.converged_
    assert not more or gm.lower_bound_ < gm.score(X)
    if not more:
        assert gm.lower_bound_ == pytest.approx(gm.score(X), abs=1e-4)


def test_it_sees_fewer_rows_where_em_is_slow(counted):
    rng = np.random.default_rng(0)
    n = 200_000
    X = rng.normal(size=(n, 2)) + 2.0 * rng.integers(4, size=(n, 1))
    em = GaussianMixture(4, random_state=0, tol=1e-4).fit(X)
    rows_of_em = sum(counted)
    counted.clear()
    gm = minibatch(4, tol=1e-4).fit(X)
    assert gm.score(X) > em.score(X) - 1e-3
    assert sum(counted) < rows_of_em / 2
    assert gm.n_iter_ <= 2
    assert len(gm.lower_bounds_) > 1


def test_where_few_rows_are_complete_it_is_judged_by_what_is_known(monkeypatch):
    """Rows with means for what is missing are less and less likely, the better the mixture is."""
    monkeypatch.setattr("fastgmm.em.minibatch.FEW_ROWS", 1000)
    rng, (k, d) = np.random.default_rng(0), (4, 8)
    factors, means = rng.normal(size=(k, d, d)), 1.5 * rng.normal(size=(k, d))
    of_row = rng.integers(k, size=20_000)
    X = means[of_row] + np.einsum("nij,nj->ni", factors[of_row], rng.normal(size=(20_000, d)))
    X[rng.random(X.shape) < 0.5] = np.nan
    em = GaussianMixture(k, missing="allow", random_state=0, tol=1e-5, max_iter=1000).fit(X)
    gm = minibatch(k, missing="allow", batch_size=1000, tol=1e-3, max_iter=300).fit(X)
    assert gm.score(X) > em.score(X) - 0.02
    assert (np.diff(gm.lower_bounds_[:5]) > 0).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_number_of_threads_is_no_matter_and_the_seed_decides(dtype):
    X, found = clusters(20_000, dtype), []
    for n in (1, 2, 3):
        set_num_threads(n)
        found.append(minibatch(batch_size=3000, max_iter=2, tol=1e-2).fit(X))
    for gm in found[1:]:
        assert_same_model(found[0], gm)
    assert found[0].means_.dtype == dtype
    other = minibatch(batch_size=3000, max_iter=2, tol=1e-2, random_state=1).fit(X)
    assert not np.array_equal(other.means_, found[0].means_)


def test_weights_count_rows():
    X, rng = clusters(20_000), np.random.default_rng(0)
    weights = rng.integers(0, 4, size=len(X))
    gm = minibatch(batch_size=500).fit(X, sample_weight=weights)
    em = GaussianMixture(3, random_state=0, tol=1e-9).fit(X, sample_weight=weights)
    lost = em.score(X, sample_weight=weights) - gm.score(X, sample_weight=weights)
    assert -1e-9 < lost < 1e-4
    scaled = minibatch(batch_size=500).fit(X, sample_weight=weights * 2.0**-30)
    np.testing.assert_array_equal(scaled.means_, gm.means_)


def test_batches_without_weight_are_passed_over():
    X = clusters(20_000)
    weights = np.zeros(len(X))
    weights[::50] = 1.0
    gm = minibatch(batch_size=8, max_iter=1, tol=0.1).fit(X, sample_weight=weights)
    em = GaussianMixture(3, random_state=0, tol=1e-9).fit(X[::50])
    assert em.score(X[::50]) - gm.score(X[::50]) < 1e-2


def test_a_prior_counts_beside_all_rows():
    X = clusters(20_000)
    prior = Prior(5.0, 5000.0, np.full(3, 5.0), 2000.0, np.eye(3) * 100.0)
    em = GaussianMixture(3, random_state=0, prior=prior, tol=1e-9).fit(X)
    gm = minibatch(prior=prior).fit(X)
    found, expected = (m.means_[np.argsort(m.means_[:, 0])] for m in (gm, em))
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert gm.lower_bound_ == pytest.approx(em.lower_bound_, abs=1e-3)


def test_what_is_fixed_stays():
    X = clusters(20_000)
    weights = [0.2, 0.3, 0.5]
    gm = minibatch(fixed="weights", weights_init=weights).fit(X)
    np.testing.assert_array_equal(gm.weights_, weights)
    means = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 3.0]])
    gm = minibatch(fixed=("means",), means_init=means).fit(X)
    np.testing.assert_array_equal(gm.means_, means)


@pytest.mark.parametrize(("n", "size"), [(300, 50), (8192, 512), (10_000, 10_000)])
def test_a_small_table_or_one_of_one_batch_is_fitted_by_em(n, size):
    X = blobs(n)
    em = GaussianMixture(3, random_state=0).fit(X)
    assert_same_model(minibatch(batch_size=size).fit(X), em)


def test_no_iteration_leaves_the_start_and_labels_are_for_em():
    X = clusters(2000)
    gm = minibatch(max_iter=0).fit(X)
    assert gm.n_iter_ == 0
    y = np.where(np.arange(2000) % 2, -1, (X[:, 0] > 4.5).astype(int) + 2 * (X[:, 1] > 4.5))
    y[y == 3] = -1
    a, b = minibatch(tol=1e-6), GaussianMixture(3, random_state=0, tol=1e-6)
    assert_same_model(a.fit_labeled(X, y), b.fit_labeled(X, y))


def test_a_callback_sees_every_batch_and_stops():
    X, seen = clusters(20_000), []

    def callback(state):
        seen.append(state)
        return state.iteration == 30

    gm = minibatch(batch_size=200, callback=callback).fit(X)
    assert [state.iteration for state in seen] == list(range(1, 31))
    assert gm.n_iter_ == 1
    assert gm.lower_bound_ == gm.lower_bounds_[-1]
    assert GaussianMixture(3, random_state=0).fit(X).score(X) - gm.score(X) < 0.05


def test_an_interrupt_leaves_the_last_look():
    def interrupt(state):
        if state.iteration == 20:
            raise KeyboardInterrupt

    gm = minibatch(batch_size=200, callback=interrupt)
    with pytest.raises(KeyboardInterrupt):
        gm.fit(clusters(20_000))
    assert np.isfinite(gm.score(clusters(100)))
    assert np.isfinite(gm.lower_bound_)


def test_it_says_where_it_did_not_end():
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        minibatch(batch_size=2000, max_iter=1, tol=0.0).fit(clusters(10_000))


def test_a_warm_start_goes_on(tmp_path):
    X = clusters(20_000)
    gm = minibatch(batch_size=500).fit(X[:5000])
    gm = saved(gm, tmp_path / "model.npz")
    assert gm.get_params() == minibatch(batch_size=500).get_params()
    gm.set_params(warm_start=True)
    order = np.argsort(gm.means_[:, 0])
    gm.fit(X)
    assert np.argsort(gm.means_[:, 0]).tolist() == order.tolist()
    em = GaussianMixture(3, random_state=0, tol=1e-9).fit(X)
    assert em.score(X) - gm.score(X) < 1e-4


def test_several_starts_are_compared_by_all_rows():
    X = clusters(20_000)
    how = {"batch_size": 200, "init_params": "random_from_data", "tol": 1e-2}
    runs = [minibatch(n_init=n, **how).fit(X).score(X) for n in (1, 5)]
    assert runs[1] >= runs[0] - 1e-3
