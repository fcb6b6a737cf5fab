"""Work that is left out changes nothing: what is skipped is below rounding."""

import numpy as np
import pytest
from common import options_of
from hypothesis import given, strategies

from fastgmm import make_mixture, set_num_threads
from fastgmm.em.m_step import m_step
from fastgmm.passes import buffers as _buffers
from fastgmm.passes import chunked, kernels, partition
from fastgmm.passes.buffers import make_buffers
from fastgmm.passes.log_densities import NEGLIGIBLE
from fastgmm.passes.plan import make_plan
from fastgmm.passes.sources import ArraySource

D, K = 20, 40  # more than two tiles: rows may be taken one by one


@pytest.fixture(autouse=True)
def few_rows_are_probed(monkeypatch):
    monkeypatch.setattr(chunked, "PROBE_SHARE", 1)


def clusters(spread, seed=0, n=600, weights=None):
    """Return rows of K anisotropic clusters and their mixture; `spread` sigmas apart."""
    rng = np.random.default_rng(seed)
    centres = spread * rng.normal(size=(K, D))
    roots = rng.normal(size=(K, D, D)) / np.sqrt(D) + 1.5 * np.eye(D)
    labels = rng.integers(K, size=n)
    X = centres[labels] + np.einsum("nij,nj->ni", roots[labels], rng.normal(size=(n, D)))
    weights = np.full(K, 1 / K) if weights is None else weights
    return X, make_mixture(weights, centres, roots @ roots.transpose(0, 2, 1))


def degenerate():
    """Return clusters of which some are a point, some far away, some without any weight."""
    rng = np.random.default_rng(1)
    X, mixture = clusters(6.0, weights=np.r_[0.0, 1e-30, np.full(K - 2, 1.0)] / (K - 2))
    covariances, means = mixture.covariances.copy(), mixture.means.copy()
    covariances[2:5] = 1e-12 * np.eye(D)
    means[5:8] += 1e6
    covariances[8:10] *= 1e6
    X[:50] = means[2] + 1e-6 * rng.normal(size=(50, D))
    X[50] = 1e9
    return X, make_mixture(mixture.weights, means, covariances)


CASES = {
    "separated": lambda: clusters(8.0),
    "touching": lambda: clusters(2.0),
    "overlapping": lambda: clusters(0.2),
    "degenerate": degenerate,
    "far from the origin": lambda: _moved(1e6),
}


def _moved(offset):
    X, mixture = clusters(8.0)
    return X + offset, mixture._replace(means=mixture.means + offset)


def unskipped(X, **options):
    """Return the source of the same rows for which nothing is skipped: labels may be known."""
    return ArraySource(X, labels=np.full(len(X), -1), **options)


def outputs(source, mixture):
    out = {"scores": np.empty(len(source.X)), "labels": np.empty(len(source.X), np.int64)}
    out["resp"] = np.empty((len(source.X), len(mixture.weights)))
    source.scores(mixture, "full", out)
    return out


def work_share(X, mixture):
    """Return the share of the direct form's multiply-adds that pruning leaves."""
    plan = make_plan(mixture, "full", np.float64, direct=True)
    starts = np.arange(0, len(X) - 24, 24)
    buffers = make_buffers(plan, 1)
    return kernels.probe_panels(ArraySource(X).X, starts, plan, buffers)[0] / (K * D * D / 2)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_statistics_are_those_of_all_the_work(case, mode):
    X, mixture = CASES[case]()
    w = np.random.default_rng(0).uniform(0.5, 2.0, size=len(X))
    stats = ArraySource(X, w).statistics(mixture, "full", mode=mode)
    expected = unskipped(X, sample_weight=w).statistics(mixture, "full", mode=mode)
    np.testing.assert_allclose(stats.log_likelihood, expected.log_likelihood, rtol=1e-12)
    # The direct and the expanded form may differ by more than what is skipped: see `_plan`.
    tol, tol_covariances = (1e-9, 1e-6) if case == "degenerate" else (1e-12, 1e-9)
    np.testing.assert_allclose(stats.nk, expected.nk, rtol=tol, atol=1e-18)
    options = options_of(reg_covar=1e-6)
    ours, theirs = (m_step(s, mixture, options).mixture for s in (stats, expected))
    held = expected.nk > 1e-3
    scale = np.abs(theirs.means[held]).max()
    np.testing.assert_allclose(ours.means[held], theirs.means[held], rtol=0, atol=tol * scale)
    held = expected.nk > 2.0  # of one row far away the covariance is what rounding leaves
    size = np.abs(theirs.covariances).max(axis=(1, 2), keepdims=True)
    ours, theirs = ours.covariances[held] / size[held], theirs.covariances[held] / size[held]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tol_covariances)


@pytest.mark.parametrize("case", CASES)
def test_scores_are_those_of_all_the_work(case, monkeypatch):
    X, mixture = CASES[case]()
    found = outputs(ArraySource(X), mixture)
    monkeypatch.setattr(chunked, "FEWEST_TO_PROBE", K + 1)
    expected = outputs(ArraySource(X), mixture)
    np.testing.assert_allclose(found["scores"], expected["scores"], rtol=1e-12)
    np.testing.assert_allclose(found["resp"], expected["resp"], rtol=0, atol=1e-9)
    assert np.array_equal(found["labels"], expected["labels"])


def test_separated_components_are_skipped_and_overlapping_ones_are_not():
    assert work_share(*clusters(20.0)) < 0.75  # of 40 components, 24 rows may hold 24
    assert work_share(*clusters(0.2)) >= 1.0


def assert_pruning_changes_no_bit(X, mixture):
    """The bounds hold in floating point too, and what they rule out would have been zero."""
    plan = make_plan(mixture, "full", np.float64, direct=True)
    found = []
    for source in (ArraySource(X), unskipped(X)):
        sums = [np.zeros(shape) for shape in partition.shapes_of_sums(plan)]
        rows = source.X, source.sample_weight, source.labels
        buffers = make_buffers(plan, 2)
        kernels.statistics_chunk(*rows, 0, len(X), plan, buffers, kernels.SOFT, 0, *sums)
        found.append(sums)
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_pruning_changes_no_bit(case):
    assert_pruning_changes_no_bit(*CASES[case]())


@given(strategies.integers(0, 2**32 - 1), strategies.floats(0.0, 20.0))
def test_pruning_never_changes_a_bit(seed, spread):
    assert_pruning_changes_no_bit(*clusters(spread, seed=seed, n=100))


def test_rows_wait_to_be_added_up_for_as_long_as_there_is_room(monkeypatch):
    X, mixture = clusters(8.0)
    expected = ArraySource(X).statistics(mixture, "full")
    monkeypatch.setattr(_buffers, "DEFERRED_PER_COMPONENT", 0)
    monkeypatch.setattr(partition, "MAX_BLOCK", 24)
    monkeypatch.setattr(partition, "MIN_BLOCK", 24)
    found = ArraySource(X).statistics(mixture, "full")
    for a, b in zip(found[:6], expected[:6], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * np.abs(b).max())


def test_threads_change_no_bit(monkeypatch):
    monkeypatch.setattr(partition, "CHUNK_WORK", 1)
    monkeypatch.setattr(partition, "MIN_CHUNK", 48)
    X, mixture = clusters(8.0)
    found = []
    for n_threads in (1, 2, 5):
        set_num_threads(n_threads)
        found.append(ArraySource(X).statistics(mixture, "full"))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_what_counts_as_zero_is_below_rounding_for_any_number_of_rows():
    assert 1e8 * np.exp(-NEGLIGIBLE) < np.finfo(np.float64).eps
