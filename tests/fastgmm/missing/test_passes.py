"""Passes over rows with missing values against plain NumPy, row by row, and against mpmath."""

import mpmath
import numpy as np
import plain_missing
import pytest

from fastgmm import make_mixture, set_num_threads
from fastgmm.covariances import TYPES
from fastgmm.em.loop import estimate
from fastgmm.em.m_step import MStepOptions
from fastgmm.missing import plan as plan_module
from fastgmm.missing import source as module
from fastgmm.missing.source import MissingSource, order_of
from fastgmm.passes.statistics import recentre

TYPE_NAMES = ("full", "tied", "diag", "spherical")
SHAPES = [(60, 2, 1, 0.3), (150, 3, 2, 0.3), (150, 5, 3, 0.6), (100, 16, 4, 0.1), (80, 9, 2, 0.8)]


def problem(n, d, k, share, covariance_type, seed=0):
    """Return rows with missing values, and a mixture that has to do with them."""
    rng = np.random.default_rng(seed)
    means = 2.0 * rng.normal(size=(k, d))
    roots = rng.normal(size=(k, d, d))
    full = roots @ roots.transpose(0, 2, 1) / d + 0.3 * np.eye(d)
    covariances = {
        "full": full,
        "tied": full[:1],
        "diag": np.diagonal(full, axis1=1, axis2=2),
        "spherical": full[:, 0, :1],
    }[covariance_type]
    mixture = make_mixture(
        rng.dirichlet(np.full(k, 5.0)), means, covariances, covariance_type=covariance_type
    )
    X = means[rng.integers(k, size=n)] + 1.5 * rng.normal(size=(n, d))
    X[rng.random(X.shape) < share] = np.nan
    X[3] = np.nan  # misses all
    X[4] = X[5] = np.nan
    X[4, d - 1], X[5, 0] = 1.0, -1.0  # all but one
    X[6] = 0.5  # nothing
    return X, mixture


def found_in(X, mixture, covariance_type):
    """Return everything that a pass can say of rows."""
    n, k = len(X), len(mixture.means)
    outputs = {"scores": np.empty(n), "resp": np.empty((n, k)), "labels": np.empty(n, np.int64)}
    outputs["filled"] = np.array(X, np.float64)
    MissingSource(X).scores(mixture, covariance_type, outputs)
    return outputs


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_scores_responsibilities_labels_and_means_are_those_of_numpy(shape, covariance_type):
    X, mixture = problem(*shape, covariance_type)
    k, d = mixture.means.shape
    joint, expected, _ = plain_missing.e_step(
        X, mixture.weights, mixture.means, plain_missing.matrices(mixture.covariances, k, d)
    )
    scores, resp = plain_missing.responsibilities(joint)
    found = found_in(X, mixture, covariance_type)
    np.testing.assert_allclose(found["scores"], scores, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(found["resp"], resp, atol=1e-11)
    np.testing.assert_array_equal(found["labels"], joint.argmax(axis=1))
    filled = np.einsum("nk,nkd->nd", resp, expected)
    np.testing.assert_allclose(found["filled"], filled, rtol=1e-10, atol=1e-10)
    known = ~np.isnan(X)
    np.testing.assert_array_equal(found["filled"][known], X[known])
    np.testing.assert_allclose(found["resp"][3], mixture.weights, rtol=1e-14)
    np.testing.assert_allclose(found["scores"][3], 0.0, atol=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_one_step_of_em_is_that_of_numpy(shape, covariance_type, weighted):
    X, mixture = problem(*shape, covariance_type)
    k, d = mixture.means.shape
    sample_weight = np.random.default_rng(1).exponential(size=len(X)) if weighted else None
    bound, *expected = plain_missing.em_step(
        X,
        mixture.weights,
        mixture.means,
        plain_missing.matrices(mixture.covariances, k, d),
        covariance_type,
        sample_weight,
    )
    options = MStepOptions(TYPES[covariance_type])
    _, step = estimate(MissingSource(X, sample_weight), mixture, options)
    found = step.mixture
    assert step.lower_bound == pytest.approx(bound, rel=1e-11)
    np.testing.assert_allclose(found.weights, expected[0], rtol=1e-10)
    np.testing.assert_allclose(found.means, expected[1], rtol=1e-9, atol=1e-10)
    covariances = plain_missing.matrices(found.covariances, k, d)
    np.testing.assert_allclose(covariances, expected[2], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
def test_moments_about_other_points_are_the_same_moments(covariance_type):
    X, mixture = problem(200, 6, 3, 0.4, covariance_type)
    source, rng = MissingSource(X), np.random.default_rng(2)
    stats = source.statistics(mixture, covariance_type)
    shift, shifted = rng.normal(size=mixture.means.shape), np.array([True, False, True])
    moved = source.statistics(mixture, covariance_type, shift=shift, shifted=shifted)
    np.testing.assert_array_equal(moved.shift[1], mixture.means[1])
    np.testing.assert_array_equal(moved.shift[[0, 2]], shift[[0, 2]])
    expected = recentre(stats, moved.shift)
    np.testing.assert_allclose(moved.first, expected.first, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(moved.second, expected.second, rtol=1e-11, atol=1e-11)
    alone = source.statistics(mixture, covariance_type, second=False)
    assert alone.second is None
    np.testing.assert_allclose(alone.first, stats.first, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_moments_of_whitened_rows(covariance_type):
    X, mixture = problem(200, 6, 3, 0.4, covariance_type)
    source, factors = MissingSource(X), mixture.precisions_cholesky
    whitened = source.statistics(mixture, covariance_type, whiten=factors)
    stats = source.statistics(mixture, "full" if covariance_type == "full" else "tied")
    each = np.broadcast_to(factors, (3, 6, 6))
    first = np.einsum("kij,ki->kj", each, stats.first)
    np.testing.assert_allclose(whitened.first, first, rtol=1e-10, atol=1e-10)
    second = factors.transpose(0, 2, 1) @ stats.second @ factors
    np.testing.assert_allclose(whitened.second, second, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("mixture_type", ["spherical", "diag"])
def test_full_moments_of_rows_that_independent_features_assign(mixture_type):
    """The first assignment of a fit is by spheres."""
    X, mixture = problem(150, 5, 3, 0.4, mixture_type)
    as_full = make_mixture(
        mixture.weights, mixture.means, plain_missing.matrices(mixture.covariances, 3, 5)
    )
    source = MissingSource(X)
    found, expected = (source.statistics(m, "full") for m in (mixture, as_full))
    np.testing.assert_allclose(found.second, expected.second, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
@pytest.mark.parametrize("mode", ["soft", "hard", "random"])
def test_any_number_of_threads_gives_the_same_bits(covariance_type, mode, monkeypatch):
    monkeypatch.setattr(module, "FEWEST_CHUNK_ROWS", 100)
    X, mixture = problem(1500, 4, 3, 0.3, covariance_type)
    found = []
    for n_threads in (1, 2, 3):
        set_num_threads(n_threads)
        stats = MissingSource(X).statistics(mixture, covariance_type, mode=mode, seed=3)
        found.append([np.asarray(a).tobytes() for a in stats if a is not None])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
def test_rows_and_components_may_be_permuted(covariance_type):
    X, mixture = problem(300, 5, 3, 0.4, covariance_type)
    rng = np.random.default_rng(3)
    rows, order = rng.permutation(len(X)), np.array([2, 0, 1])
    shared = covariance_type == "tied"
    other = make_mixture(
        mixture.weights[order],
        mixture.means[order],
        mixture.covariances if shared else mixture.covariances[order],
        covariance_type=covariance_type,
    )
    a, b = found_in(X, mixture, covariance_type), found_in(X[rows], other, covariance_type)
    np.testing.assert_allclose(b["scores"], a["scores"][rows], rtol=1e-13)
    np.testing.assert_allclose(b["resp"], a["resp"][rows][:, order], atol=1e-13)
    np.testing.assert_allclose(b["filled"], a["filled"][rows], rtol=1e-12, atol=1e-12)
    a = MissingSource(X).statistics(mixture, covariance_type)
    b = MissingSource(X[rows]).statistics(other, covariance_type)
    np.testing.assert_allclose(b.nk, a.nk[order], rtol=1e-12)
    second = a.second if shared else a.second[order]
    np.testing.assert_allclose(b.second, second, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
def test_what_a_row_is_given_does_not_depend_on_its_neighbours(covariance_type):
    X, mixture = problem(120, 7, 3, 0.4, covariance_type)
    together = found_in(X, mixture, covariance_type)
    for i in range(0, len(X), 7):
        alone = found_in(X[i : i + 1], mixture, covariance_type)
        for name, array in alone.items():
            np.testing.assert_allclose(array[0], together[name][i], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("scale", [1e-100, 1e100])
@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
def test_the_unit_does_not_matter(covariance_type, scale):
    X, mixture = problem(150, 5, 3, 0.4, covariance_type)
    big = make_mixture(
        mixture.weights,
        scale * mixture.means,
        scale * scale * mixture.covariances,
        covariance_type=covariance_type,
    )
    a, b = found_in(X, mixture, covariance_type), found_in(scale * X, big, covariance_type)
    known = 5 - np.isnan(X).sum(axis=1)
    np.testing.assert_allclose(
        b["scores"] + known * np.log(scale), a["scores"], rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(b["resp"], a["resp"], atol=1e-11)
    np.testing.assert_allclose(b["filled"] / scale, a["filled"], rtol=1e-10, atol=1e-10)
    a = MissingSource(X).statistics(mixture, covariance_type)
    b = MissingSource(scale * X).statistics(big, covariance_type)
    np.testing.assert_allclose(b.second / scale / scale, a.second, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
def test_far_from_the_origin_no_digit_is_lost_but_those_of_the_rows(covariance_type):
    X, mixture = problem(150, 5, 3, 0.4, covariance_type)
    X, means = X.round(), mixture.means.round()  # so that 1e8 more is exact
    mixture = mixture.with_(means=means)
    away = mixture.with_(means=means + 1e8)
    a, b = found_in(X, mixture, covariance_type), found_in(X + 1e8, away, covariance_type)
    np.testing.assert_allclose(b["scores"], a["scores"], rtol=1e-13)
    np.testing.assert_allclose(b["filled"] - 1e8, a["filled"], atol=1e-7)
    a = MissingSource(X).statistics(mixture, covariance_type)
    b = MissingSource(X + 1e8).statistics(away, covariance_type)
    np.testing.assert_allclose(b.second, a.second, rtol=1e-12)


def by_mpmath(x, mean, covariance):
    """Return the log density of what is known, and the means of what is missing, of 60 digits."""
    known = [j for j, value in enumerate(x) if value == value]
    missing = [j for j, value in enumerate(x) if value != value]
    among = mpmath.matrix([[covariance[i, j] for j in known] for i in known])
    delta = mpmath.matrix([mpmath.mpf(x[j]) - mpmath.mpf(mean[j]) for j in known])
    solved = mpmath.lu_solve(among, delta)
    log_density = -(
        len(known) * mpmath.log(2 * mpmath.pi)
        + mpmath.log(mpmath.det(among))
        + (delta.T * solved)[0]
    )
    means = [
        mpmath.mpf(mean[i]) + sum(covariance[i, j] * s for j, s in zip(known, solved, strict=True))
        for i in missing
    ]
    return float(log_density / 2), [float(m) for m in means]


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-9, 1e-12])
def test_features_that_are_nearly_the_same(apart):
    """The errors are those of the root of the condition of the correlations."""
    r, rng = 1.0 - apart, np.random.default_rng(4)
    correlations = np.eye(5)
    correlations[:3, :3] += r * (1.0 - np.eye(3))
    correlations[3, 4] = correlations[4, 3] = -r
    deviations = np.array([1e3, 1.0, 1e-3, 1e5, 7.0])
    covariance = correlations * np.multiply.outer(deviations, deviations)
    mean = rng.normal(size=5) * deviations
    X = mean + rng.normal(size=(40, 5)) @ np.linalg.cholesky(covariance).T
    missing = rng.random(X.shape) < 0.5
    X[missing & ~missing.all(axis=1, keepdims=True)] = np.nan
    mixture = make_mixture([1.0], [mean], [covariance])
    found = found_in(X, mixture, "full")
    with mpmath.workdps(60):
        factor = mpmath.matrix(mixture.precisions_cholesky[0].tolist())
        exact = (factor * factor.T) ** -1  # the covariance is rounded in another way
        for i, x in enumerate(X):
            score, means = by_mpmath(x, mean, exact)
            assert found["scores"][i] == pytest.approx(score, rel=1e-15 / apart**0.5 + 1e-13)
            unknown = np.isnan(x)
            errors = (found["filled"][i, unknown] - means) / deviations[unknown]
            assert np.abs(errors).max(initial=0.0) < 1e-13


@pytest.mark.parametrize("covariance_type", TYPE_NAMES)
@pytest.mark.parametrize("distance", [1e6, 1e130, 1e160, 1e250])
def test_rows_far_out(covariance_type, distance):
    """Squares overflow from 1e154 on; the kernels clamp at 1e120."""
    X, mixture = problem(30, 4, 2, 0.3, covariance_type)
    X[:2] = [[distance, 1.0, np.nan, 0.0], [np.nan, -distance, np.nan, np.nan]]
    found = found_in(X, mixture, covariance_type)
    covariances = plain_missing.matrices(mixture.covariances, 2, 4)
    for i, x in enumerate(X[:2]):
        with mpmath.workdps(600):
            exact = [mpmath.matrix(c.tolist()) for c in covariances]
            by_component = [by_mpmath(x, *of) for of in zip(mixture.means, exact, strict=True)]
        log_densities, means = zip(*by_component, strict=True)
        best = int(np.argmax(log_densities + np.log(mixture.weights)))
        if np.isfinite(log_densities).all() and log_densities[0] != log_densities[1]:
            assert found["labels"][i] == best
        resp = found["resp"][i]
        assert found["labels"][i] == resp.argmax()
        expected = max(*log_densities, np.finfo(np.float64).min)
        assert found["scores"][i] == pytest.approx(expected, rel=1e-9)
        filled = found["filled"][i, np.isnan(x)]
        np.testing.assert_allclose(filled, resp @ np.array(means), rtol=1e-9)


def test_random_responsibilities_of_chunks_are_not_the_same():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(module.FEWEST_CHUNK_ROWS, 3))
    X[rng.random(X.shape) < 0.2] = np.nan
    mixture = make_mixture([0.5, 0.5], np.zeros((2, 3)), np.ones((2, 3)))
    one, twice = (
        MissingSource(rows).statistics(mixture, "diag", mode="random", seed=1)
        for rows in (X, np.tile(X, (2, 1)))
    )
    assert abs(twice.nk.sum() - 2 * one.nk.sum()) < 1e-6
    assert not np.allclose(twice.nk, 2 * one.nk, rtol=1e-9)


def test_an_order_has_every_row_once_and_lanes_alike_in_a_panel():
    rng = np.random.default_rng(5)
    missing = rng.random((4, 6)) < 0.4
    missing = missing[rng.choice(4, p=[0.5, 0.3, 0.19, 0.01], size=500)]
    order = order_of(missing, missing.sum(axis=1))
    assert len(order) % 24 == 0
    np.testing.assert_array_equal(np.sort(order[order >= 0]), np.arange(500))
    panels = order.reshape(-1, 24)
    assert (panels[:, 0] >= 0).all()
    mixed = sum(len(np.unique(missing[p[p >= 0]], axis=0)) > 1 for p in panels)
    assert mixed <= 2


@pytest.mark.parametrize("layout", ["C", "F", "strided", "float32"])
def test_layouts_of_rows(layout):
    X, mixture = problem(100, 4, 2, 0.3, "full")
    X = X.round(1).astype(np.float32).astype(np.float64)
    other = {
        "C": X,
        "F": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=0)[::2],
        "float32": X.astype(np.float32),
    }[layout]
    a, b = (MissingSource(rows).statistics(mixture, "full") for rows in (X, other))
    np.testing.assert_array_equal(a.second, b.second)


def test_memory_does_not_grow_with_the_components_that_factors_are_not_kept_for(monkeypatch):
    """Where factors would take too much memory they are found twice: the same bits."""
    X, mixture = problem(200, 6, 3, 0.4, "full")
    kept = MissingSource(X).statistics(mixture, "full")
    monkeypatch.setattr(plan_module, "MOST_FACTOR_BYTES", 0)
    twice = MissingSource(X).statistics(mixture, "full")
    np.testing.assert_array_equal(kept.second, twice.second)
