"""Six likelihoods without a closed M-step, of which only the density is written.

Uniform noise beside Gaussians, means on a line, censored rows, binned rows, Student's t, a
covariance that is a function of three parameters: each is fitted by
`fastgmm.gradient.maximum_likelihood`, whose gradients are fastad's, and printed beside the
parameters that the rows were drawn with, and with their standard errors.

Run: python examples/densities_of_your_own.py
"""

import math

import numpy as np
from numba import njit

from fastgmm.gradient import maximum_likelihood, standard_errors

ROOT = math.sqrt(2.0 * math.pi)
WIDTH = 20.0  # of the interval on which noise is uniform
END = 2.5  # of the values that are censored


@njit
def normal(x, mean, log_deviation):
    """Return the density of a Gaussian."""
    z = (x - mean) * math.exp(-log_deviation)
    return math.exp(-0.5 * z * z - log_deviation) / ROOT


@njit
def with_noise(row, theta):
    """Two Gaussians of one deviation, and noise that is uniform on an interval."""
    noise = 1.0 / (1.0 + math.exp(-theta[0]))
    share = 1.0 / (1.0 + math.exp(-theta[1]))
    density = share * normal(row[0], theta[2], theta[4])
    density += (1.0 - share) * normal(row[0], theta[3], theta[4])
    return math.log(noise / WIDTH + (1.0 - noise) * density)


@njit
def on_a_line(row, theta):
    """Four Gaussians of one deviation whose means are at equal steps on a line in the plane."""
    joint = np.zeros(4)
    for k in range(4):
        square = 0.0
        for j in range(2):
            z = (row[j] - theta[j] - k * theta[2 + j]) * math.exp(-theta[4])
            square += z * z
        joint[k] = -0.5 * square
    top = joint.max()
    total = 0.0
    for k in range(4):
        total += math.exp(joint[k] - top)
    return top + math.log(total) - 2.0 * theta[4] - math.log(4.0 * 2.0 * math.pi)


@njit
def censored(row, theta):
    """A Gaussian of which some values, those with the flag, are only known to be larger."""
    z = (row[0] - theta[0]) * math.exp(-theta[1])
    if row[1] > 0.0:
        return math.log(0.5 * math.erfc(z / math.sqrt(2.0)))
    return -0.5 * z * z - theta[1] - math.log(ROOT)


@njit
def binned(row, theta):
    """A Gaussian of which the bin is known."""
    low = (row[0] - theta[0]) * math.exp(-theta[1]) / math.sqrt(2.0)
    high = (row[1] - theta[0]) * math.exp(-theta[1]) / math.sqrt(2.0)
    return math.log(0.5 * (math.erf(high) - math.erf(low)))


@njit
def with_tails(row, theta):
    """Student's t distribution of a location, and logarithms of scale and degrees of freedom."""
    freedom = math.exp(theta[2])
    z = (row[0] - theta[0]) * math.exp(-theta[1])
    constant = math.lgamma(0.5 * (freedom + 1.0)) - math.lgamma(0.5 * freedom)
    constant -= 0.5 * math.log(freedom * math.pi) + theta[1]
    return constant - 0.5 * (freedom + 1.0) * math.log1p(z * z / freedom)


@njit
def covariance_in_time(theta, out):
    """Fill out (D, D): deviations that fade over a time, and noise of each measurement.

    ``theta``: logarithms of their deviation, of the time, and of the noise's deviation.
    """
    for i in range(len(out)):
        for j in range(len(out)):
            out[i, j] = math.exp(2.0 * theta[0] - abs(i - j) * math.exp(-theta[1]))
        out[i, i] += math.exp(2.0 * theta[2])


@njit
def to_root(a):
    """Put the Cholesky factor of a matrix (D, D) in its lower triangle."""
    for j in range(len(a)):
        for k in range(j):
            for i in range(j, len(a)):
                a[i, j] -= a[i, k] * a[j, k]
        root = math.sqrt(a[j, j])
        for i in range(j, len(a)):
            a[i, j] /= root


@njit
def in_time(row, theta):
    """Two levels; what is measured in turn deviates by a covariance of three parameters."""
    d = len(row)
    root, z = np.empty((d, d)), np.empty(d)
    covariance_in_time(theta[3:], root)
    to_root(root)
    joint = np.empty(2)
    joint[0] = -math.log1p(math.exp(-theta[0]))
    joint[1] = -math.log1p(math.exp(theta[0]))
    constant = d * math.log(ROOT)
    for i in range(d):
        constant += math.log(root[i, i])
    for k in range(2):
        for i in range(d):
            z[i] = row[i] - theta[1 + k]
            for j in range(i):
                z[i] -= root[i, j] * z[j]
            z[i] /= root[i, i]
            joint[k] -= 0.5 * z[i] * z[i]
    top = joint.max()
    return top + math.log(math.exp(joint[0] - top) + math.exp(joint[1] - top)) - constant


def rows_with_noise(n, rng):
    """Return rows, and the parameters of `with_noise` that they have."""
    counts = n // 2, n // 4, n // 4
    places = rng.normal(-3.0, 0.7, counts[0]), rng.normal(3.0, 0.7, counts[1])
    rows = np.concatenate([*places, rng.uniform(-0.5 * WIDTH, 0.5 * WIDTH, counts[2])])
    return rows[:, np.newaxis], [math.log(1.0 / 3.0), math.log(2.0), -3.0, 3.0, math.log(0.7)]


def rows_on_a_line(n, rng):
    """Return rows, and the parameters of `on_a_line` that they have."""
    steps = rng.integers(4, size=n)[:, np.newaxis] * [2.0, -1.0]
    return [1.0, 2.0] + steps + 0.4 * rng.normal(size=(n, 2)), [1, 2, 2, -1, math.log(0.4)]


def rows_censored(n, rng):
    """Return values and flags, and the parameters of `censored` that they have."""
    x = rng.normal(2.0, 1.5, n)
    return np.c_[np.minimum(x, END), x > END], [2.0, math.log(1.5)]


def rows_binned(n, rng):
    """Return the ends of bins, and the parameters of `binned` that they have."""
    low = np.floor(rng.normal(2.0, 1.5, n))
    return np.c_[low, low + 1.0], [2.0, math.log(1.5)]


def rows_with_tails(n, rng):
    """Return rows, and the parameters of `with_tails` that they have."""
    return 1.0 + 2.0 * rng.standard_t(4.0, size=(n, 1)), [1.0, math.log(2.0), math.log(4.0)]


def rows_in_time(n, rng):
    """Return rows of eight measurements, and the parameters of `in_time` that they have."""
    theta = np.array([math.log(2.0), -1.0, 1.0, math.log(0.8), math.log(3.0), math.log(0.4)])
    covariance = np.empty((8, 8))
    covariance_in_time(theta[3:], covariance)
    level = np.where(rng.random(n) < 2.0 / 3.0, theta[1], theta[2])
    noise = rng.normal(size=(n, 8)) @ np.linalg.cholesky(covariance).T
    return level[:, np.newaxis] + noise, theta


# Each density with its rows, and where the fit begins.
DENSITIES = {
    "with_noise": (with_noise, rows_with_noise, [-1.0, 0.0, -2.0, 2.0, 0.0]),
    "on_a_line": (on_a_line, rows_on_a_line, [0.5, 2.0, 1.5, -0.5, 0.0]),
    "censored": (censored, rows_censored, [0.0, 0.0]),
    "binned": (binned, rows_binned, [0.0, 0.0]),
    "with_tails": (with_tails, rows_with_tails, [0.0, 0.0, 1.0]),
    "in_time": (in_time, rows_in_time, [0.0, -0.5, 0.5, 0.0, 0.0, 0.0]),
}


def main(n=2000, seed=0, names=tuple(DENSITIES)):
    """Fit those of `names`; print and return, by name: the truth, estimates, standard errors."""
    results = {}
    for name in names:
        log_density, rows_of, theta0 = DENSITIES[name]
        X, true = rows_of(n, np.random.default_rng(seed))
        found = maximum_likelihood(log_density, X, theta0, tol=1e-8)
        errors = standard_errors(found, X)
        results[name] = np.array(true), found.theta, errors
        print(name, log_density.__doc__)
        for column in zip(*results[name], strict=True):
            print("    true {:7.3f}   estimate {:7.3f} +- {:.3f}".format(*column))
    return results


if __name__ == "__main__":
    main()
