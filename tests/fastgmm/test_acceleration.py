import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, random_mixture
from hypothesis import given, settings
from hypothesis import strategies as st

from fastgmm import GaussianMixture
from fastgmm.acceleration import Coordinates, Squarem


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("fixed", [(), ("weights",), ("means",), ("weights", "covariances")])
def test_coordinates_round_trip(covariance_type, fixed):
    first = random_mixture(covariance_type, seed=0, spread=100.0)
    other = random_mixture(covariance_type, seed=1)
    coordinates = Coordinates(first, frozenset(fixed))
    back = coordinates.decode(coordinates.encode(other))
    for name in ("weights", "means", "covariances", "precisions_cholesky", "log_norms"):
        held = name in fixed or (name == "precisions_cholesky" and "covariances" in fixed)
        if name == "log_norms" and fixed:
            continue  # of weights and covariances together
        source = first if held else other
        np.testing.assert_allclose(
            getattr(back, name), getattr(source, name), rtol=1e-10, atol=1e-12
        )


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(COVARIANCE_TYPES), st.integers(0, 10**6))
def test_every_finite_vector_is_a_mixture(covariance_type, seed):
    mixture = random_mixture(covariance_type)
    coordinates = Coordinates(mixture, frozenset())
    vector = coordinates.encode(mixture)
    vector = vector + 3 * np.random.default_rng(seed).normal(size=vector.size)
    decoded = coordinates.decode(vector)
    assert decoded.weights.sum() == pytest.approx(1.0)
    if decoded.covariances.ndim == 3:
        assert (np.linalg.eigvalsh(decoded.covariances) > 0).all()
    else:
        assert (decoded.covariances > 0).all()


def test_a_linear_iteration_is_solved_at_once():
    # x -> A x + b with one slow direction: the extrapolation should all but jump there.
    a = np.diag([0.99, 0.9, 0.5])
    b = np.array([1.0, -2.0, 3.0])
    solution = np.linalg.solve(np.eye(3) - a, b)
    accelerator, x = Squarem(), np.zeros(3)
    for _ in range(60):
        image = a @ x + b
        proposal = accelerator.propose(x, image)
        x = image if proposal is None else proposal
    plain = np.abs(np.linalg.matrix_power(a, 60) @ solution).max()
    assert np.abs(x - solution).max() < 1e-2 * plain


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("fixed", [(), ("weights",)])
def test_the_lower_bound_never_falls_and_the_fixed_point_is_ems(covariance_type, fixed):
    X = blobs(600, 2, 2, seed=2, spread=2.0)
    start = {"weights_init": [0.5, 0.5], "means_init": X[:2], "fixed": fixed}
    params = {"covariance_type": covariance_type, "tol": 1e-11, "max_iter": 5000, **start}
    plain = GaussianMixture(2, reg_covar=0, random_state=0, **params).fit(X)
    fast = GaussianMixture(2, reg_covar=0, random_state=0, acceleration="squarem", **params).fit(X)
    assert (np.diff(fast.lower_bounds_) >= 0).all()
    assert fast.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-7)
    np.testing.assert_allclose(fast.means_, plain.means_, atol=2e-2)
    assert fast.n_iter_ <= plain.n_iter_


def overlapping(seed, n=5000, d=5, k=5):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(k, d))
    return centres[rng.integers(k, size=n)] + rng.normal(size=(n, d)) * rng.uniform(0.5, 1.5, d)


def test_slow_fits_take_a_third_of_the_passes():
    X = overlapping(2)
    passes = {}
    for method in ("none", "squarem"):
        gm = GaussianMixture(
            5,
            covariance_type="tied",
            acceleration=method,
            random_state=0,
            tol=0,
            max_iter=1001,
            callback=lambda state: state.iteration >= 700,
        ).fit(X)
        bounds = np.array(gm.lower_bounds_)
        passes[method] = 1 + np.flatnonzero(bounds >= bounds[-1] - 1e-6)[0]
    assert passes["none"] > 100
    assert passes["squarem"] * 3 <= passes["none"]


@pytest.mark.parametrize("assignment", ["soft", "hard"])
def test_degenerate_data_end_finitely(assignment):
    for X in (np.ones((20, 2)), np.repeat([[0.0, 0.0], [1.0, 1.0]], 10, axis=0), blobs(5)):
        gm = GaussianMixture(
            4, acceleration="squarem", assignment=assignment, random_state=0,
            callback=lambda state: state.iteration == 20,
        )  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(GaussianMixture, "_warn", lambda self, run: None)
            gm.fit(X)
        assert np.isfinite(gm.score_samples(X)).all()
