import mpmath
import numba
import numpy as np
import pytest

from fastgmm.simd.exp_log import exp_nonpositive, log_positive
from fastgmm.simd.panels import load_row, panels, store_row

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}


@numba.njit(**OPTIONS)
def exp_all(x, out):
    for i in range(x.size):
        out[i] = exp_nonpositive(x[i])


@numba.njit(**OPTIONS)
def log_all(x, out):
    for i in range(x.size):
        out[i] = log_positive(x[i])


@numba.njit(**OPTIONS)
def exp_and_log_of_row(rows):
    store_row(rows, 0, 0, log_positive(exp_nonpositive(load_row(rows, 0, 0))))


def apply(function, x):
    out = np.empty_like(x)
    function(x, out)
    return out


def ulps(got, exact, dtype):
    """Return the largest error in units of the last place of the exact value."""
    with mpmath.workdps(40):
        return max(
            float(abs(mpmath.mpf(float(g)) - e) / np.spacing(dtype(float(abs(e)))))
            for g, e in zip(got, exact, strict=True)
        )


@pytest.mark.parametrize(("dtype", "lowest"), [(np.float64, -708.0), (np.float32, -87.0)])
def test_exponential_is_within_an_ulp(dtype, lowest):
    rng = np.random.default_rng(0)
    x = np.concatenate([lowest * rng.random(3000), -(10.0 ** rng.uniform(-18, 0, 500)), [0.0]])
    x = x.astype(dtype)
    with mpmath.workdps(40):
        exact = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
    assert ulps(apply(exp_all, x), exact, dtype) < 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logarithm_is_within_an_ulp(dtype):
    rng = np.random.default_rng(0)
    exponent = 35 if dtype == np.float32 else 300
    x = np.concatenate(
        [
            1.0 + rng.random(2000),
            1.0 + 10.0 ** rng.uniform(-12, 3, 1000),
            10.0 ** rng.uniform(-exponent, exponent, 500),
        ]
    ).astype(dtype)
    x = x[x != 1]
    with mpmath.workdps(40):
        exact = [mpmath.log(mpmath.mpf(float(v))) for v in x]
    assert ulps(apply(log_all, x), exact, dtype) < 1.0
    assert apply(log_all, np.ones(1, dtype))[0] == 0.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exponential_is_exactly_zero_far_out(dtype):
    huge = np.finfo(dtype).max
    x = np.array([-np.inf, -huge, -1e30, -5000.0, -800.0], dtype=dtype)
    assert (apply(exp_all, x) == 0.0).all()
    assert (apply(exp_all, np.array([0.0, -0.0], dtype=dtype)) == 1.0).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_of_panels_are_as_numbers(dtype):
    x = np.empty(2, dtype)
    rows = panels(1, 1, x.dtype)
    rows[0, 0] = np.random.default_rng(0).uniform(-30, 0, size=rows.shape[2])
    numbers = rows[0, 0].copy()
    exp_and_log_of_row(rows)
    assert np.array_equal(rows[0, 0], apply(log_all, apply(exp_all, numbers)))
