"""Stepwise EM on statistics: what is mixed, how fast, and that no digits are lost."""

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, options_of, random_mixture
from scipy.integrate import quad

from fastgmm import Prior
from fastgmm.covariances import TYPES
from fastgmm.em.loop import estimate
from fastgmm.em.map_step import MapOptions
from fastgmm.em.prior import checked_prior
from fastgmm.em.stepwise import Learning, blend, known_by, step
from fastgmm.mixture import as_dtype
from fastgmm.passes.sources import ArraySource
from fastgmm.passes.statistics import recentre, times


def follow(blocks, mixture, options, learning, mode="soft", dtype=None):
    """Return what is known after blocks, all assigned by one mixture, and the last M-step."""
    known, seen = None, 0.0
    for rows in blocks:
        gamma = 1.0 if known is None else learning.gamma(seen, seen + len(rows))
        seen += len(rows)
        source = ArraySource(rows, dtype=dtype)
        known, made = step(source, mixture, options, known, gamma, mode=mode)
    return known, made


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEI"])
@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_at_the_rate_of_one_over_t_the_statistics_are_those_of_all_rows(covariance_type, mode):
    X, covariance = blobs(600), TYPES[covariance_type]
    mixture = random_mixture(covariance.moments)
    blocks = np.split(X, [100, 101, 103, 350])
    known, made = follow(blocks, mixture, options_of(covariance_type), Learning(1.0), mode)
    stats = ArraySource(X).statistics(mixture, covariance.moments, mode=mode)
    expected = recentre(times(1.0 / len(X), stats), known.shift)
    np.testing.assert_allclose(known.nk, expected.nk, rtol=1e-12)
    np.testing.assert_allclose(known.first, expected.first, atol=1e-12)
    np.testing.assert_allclose(known.second, expected.second, rtol=1e-9, atol=1e-12)
    _, of_all = estimate(ArraySource(X), mixture, options_of(covariance_type), mode=mode)
    for name in ("weights", "means", "covariances"):
        found, expected = getattr(made.mixture, name), getattr(of_all.mixture, name)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("learning", [Learning(0.6, 0.5, 0.0), Learning(1.0, 3.0), Learning(0.7)])
def test_the_rate_is_that_of_cappe_and_moulines_but_for_its_square(learning):
    for t in (5.0, 50.0, 500.0):
        gamma = (learning.offset + t) ** -learning.decay
        assert abs(learning.gamma(t - 1.0, t) - gamma) < gamma**2
        if learning.decay == 1.0:
            assert learning.gamma(t - 1.0, t) == pytest.approx(gamma, rel=1e-14)


@pytest.mark.parametrize("floor", [0.0, 0.01, 0.3])
@pytest.mark.parametrize(("decay", "offset"), [(0.6, 0.0), (1.0, 0.0), (1.0, 5.0), (0.8, 2.0)])
def test_the_rate_is_an_integral_and_parts_of_a_block_weigh_as_the_whole(decay, offset, floor):
    learning = Learning(decay, offset, floor)
    least = -np.log1p(-floor)
    for before, after in ((0.5, 0.7), (1.0, 2.0), (3.0, 40.0), (1000.0, 1001.0)):
        turn = [max(before, min(after, least ** (-1.0 / decay) - offset))] if floor else None
        integral, _ = quad(
            lambda u: max((offset + u) ** -decay, least), before, after, epsrel=1e-12, points=turn
        )
        assert learning.gamma(before, after) == pytest.approx(-np.expm1(-integral), rel=1e-9)
        middle = before + 0.3 * (after - before)
        kept = (1.0 - learning.gamma(before, middle)) * (1.0 - learning.gamma(middle, after))
        assert 1.0 - kept == pytest.approx(learning.gamma(before, after), rel=1e-9, abs=1e-13)
    if floor:  # the half-life that is documented
        blocks = np.log(0.5) / np.log1p(-floor)
        assert 1.0 - learning.gamma(1e9, 1e9 + blocks) == pytest.approx(0.5, rel=1e-6)


def test_of_many_blocks_the_rate_keeps_its_digits():
    assert Learning(1.0).gamma(2.0**40, 2.0**40 + 1.0) == pytest.approx(2.0**-40, rel=1e-11)
    assert Learning(0.6).gamma(2.0**30, 2.0**30 + 1.0) == pytest.approx(2.0**-18, rel=1e-5)


def test_of_nothing_known_nothing_is_kept():
    assert Learning(1.0).gamma(0.0, 1.0) == 1.0
    assert Learning(1.0, 0.0, 0.2).gamma(0.0, 1.0) == 1.0


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEI"])
@pytest.mark.parametrize("reg_covar", [0.0, 0.5])
def test_a_mixture_is_the_m_step_of_what_is_known_by_it(covariance_type, reg_covar):
    options = options_of(covariance_type, reg_covar)
    source = ArraySource(blobs(300))
    _, made = estimate(source, random_mixture(options.covariance.moments), options)
    known = known_by(made.mixture, options, 300.0)
    again = options.step(known, made.mixture).mixture
    for a, b in zip(again, made.mixture, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_so_it_is_with_a_prior(covariance_type):
    k, d = 3, 3
    own = {"full": np.eye(d), "tied": np.eye(d), "diag": np.ones(d), "spherical": 1.0}
    prior = Prior(2.0, 5.0, np.ones(d), 12.0, own[covariance_type])
    covariance = TYPES[covariance_type]
    options = MapOptions(covariance, 0.1, (), checked_prior(prior, covariance, k, d))
    source = ArraySource(blobs(300))
    mixture = random_mixture(covariance_type)
    _, made = estimate(source, mixture, options)
    known = known_by(made.mixture, options, source.weight)
    again = options.step(times(source.weight, known), made.mixture).mixture
    for a, b in zip(again, made.mixture, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    # And those are the statistics of the rows, of which the prior is no part.
    stats = times(1.0 / source.weight, source.statistics(mixture, covariance_type))
    found = recentre(known, stats.shift)
    np.testing.assert_allclose(found.nk, stats.nk, rtol=1e-10)
    np.testing.assert_allclose(found.first, stats.first, atol=1e-10)
    np.testing.assert_allclose(found.second, stats.second, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_no_digits_are_lost_far_from_the_origin(covariance_type):
    """An offset that is exact in binary changes nothing, however many steps there are."""
    rows = np.round(blobs(2000) * 2**20) / 2**20
    mixture = random_mixture(covariance_type)
    offset, options = 2.0**27, options_of(covariance_type)
    moved = mixture.with_(means=mixture.means + offset)
    near, far = (
        follow(np.split(x, 50), m, options, Learning(0.6))[1].mixture
        for x, m in ((rows, mixture), (rows + offset, moved))
    )
    np.testing.assert_allclose(far.weights, near.weights, rtol=1e-7)
    np.testing.assert_allclose(far.means - offset, near.means, atol=1e-7)
    np.testing.assert_allclose(far.covariances, near.covariances, rtol=1e-6, atol=1e-7)


def test_no_digits_are_lost_where_a_component_comes_from_far_away():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 2)) * [1.0, 1e-3]
    mixture = random_mixture("full", k=1, d=2)
    mixture = as_dtype(mixture.with_(means=np.array([[1e9, -1e9]])), np.float64)
    known, seen = None, 0
    for rows in np.split(X, 40):
        gamma = 1.0 if known is None else Learning(1.0).gamma(seen, seen + len(rows))
        seen += len(rows)
        known, made = step(ArraySource(rows), mixture, options_of(), known, gamma)
        mixture = made.mixture
    np.testing.assert_allclose(mixture.means[0], X.mean(axis=0), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(mixture.covariances[0], np.cov(X.T, bias=True), rtol=1e-11)


def test_float32_blocks_are_summed_to_their_own_digits():
    X = blobs(3000, dtype=np.float32)
    mixture = random_mixture("full")
    single, _ = follow(np.split(X, 30), mixture, options_of(), Learning(0.7))
    double, _ = follow(np.split(X.astype(float), 30), mixture, options_of(), Learning(0.7))
    np.testing.assert_allclose(single.shift, double.shift, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(single.second, double.second, rtol=1e-3, atol=1e-3)


def test_a_component_without_rows_keeps_its_place_and_comes_back():
    near, far = np.array([[0.0], [0.1], [0.2]]), np.array([[1000.0], [1000.1], [1000.2]])
    both = np.concatenate([near, far])
    mixture = random_mixture("full", k=2, d=1)
    mixture = mixture.with_(means=np.array([[0.1], [1000.1]]))
    known, made = step(ArraySource(both), mixture, options_of(reg_covar=1e-3), None, 1.0)
    for _ in range(200):
        known, made = step(ArraySource(near), made.mixture, options_of(reg_covar=1e-3), known, 0.5)
    assert all(np.isfinite(a).all() for a in known[:3])
    assert made.empty.tolist() == [False, True]
    np.testing.assert_allclose(made.mixture.means[1], 1000.1)
    for _ in range(3):
        known, made = step(ArraySource(far), made.mixture, options_of(reg_covar=1e-3), known, 0.5)
    assert made.mixture.weights[1] == pytest.approx(0.875)


def test_a_mean_of_statistics_is_that_of_all():
    mixture, options = random_mixture("diag"), options_of("diag")
    parts = [step(ArraySource(X), mixture, options, None, 1.0)[0] for X in np.split(blobs(), 6)]
    mean = None
    for i, part in enumerate(parts, 1):
        mean = blend(mean, part, 1.0 / i)
    expected, _ = step(ArraySource(blobs()), mixture, options, None, 1.0)
    np.testing.assert_allclose(mean.nk, expected.nk, rtol=1e-12)
    np.testing.assert_allclose(mean.second, expected.second, rtol=1e-10)
