"""Follow a target by a radar that glints: a particle filter whose noise is a mixture.

The target moves in the plane, its velocity changes at random. Most positions are measured to a
tenth, but one in five comes from another part of the target, off by a unit and more: the noise is
a mixture of two Gaussians, learnt from calibration data. The bootstrap filter (Gordon, Salmond and
Smith 1993) weighs each particle by `fastgmm.log_density` of what it leaves to be explained. The
Kalman filter, which is the best for Gaussian noise, gets the mixture's covariance.

    python examples/particle_filter.py
"""

import numpy as np
from numba import njit

from fastgmm import GaussianMixture, log_density, moment_match

ACCELERATION = 0.05  # its standard deviation in a step of time


def glints(n, rng):
    """Return n errors of measurement in the plane."""
    glint = rng.random(n) < 0.2
    narrow, wide = 0.1 * rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + [0.8, -0.4]
    return np.where(glint[:, np.newaxis], wide, narrow)


def simulate(n_steps, rng):
    """Return positions (T, 2) of a target and their measurements."""
    velocity = np.cumsum(ACCELERATION * rng.normal(size=(n_steps, 2)), axis=0)
    positions = np.cumsum(velocity, axis=0)
    return positions, positions + glints(n_steps, rng)


@njit
def particle_filter(measured, noise, n_particles, rng, means):
    """Fill means (T, 2) with the filtered positions: the weighted means of the particles."""
    places, velocities = np.empty((n_particles, 2)), np.empty((n_particles, 2))
    log_weights, error = np.empty(n_particles), np.empty(2)
    places[:], velocities[:] = measured[0], 0.0
    for t in range(len(measured)):
        for i in range(n_particles):
            for j in range(2):
                velocities[i, j] += ACCELERATION * rng.normal()
                places[i, j] += velocities[i, j]
                error[j] = measured[t, j] - places[i, j]
            log_weights[i] = log_density(error, noise)
        weights = np.exp(log_weights - log_weights.max())
        weights /= weights.sum()
        means[t] = weights @ places
        resample(weights, places, velocities, rng)


@njit
def resample(weights, places, velocities, rng):
    """Let particles have as many children as their weights say, by systematic resampling."""
    n = len(weights)
    old_places, old_velocities = places.copy(), velocities.copy()
    u, parent, below = rng.random() / n, 0, weights[0]
    for i in range(n):
        while below < u and parent < n - 1:
            parent += 1
            below += weights[parent]
        places[i], velocities[i] = old_places[parent], old_velocities[parent]
        u += 1.0 / n


@njit
def kalman_filter(measured, noise_mean, noise_covariance, means):
    """Fill means (T, 2) with the positions that a Kalman filter estimates."""
    transition = np.eye(4)
    transition[0, 2] = transition[1, 3] = 1.0
    spread = np.zeros((4, 4))  # of what a change of the velocity does to both
    for j in range(2):
        spread[j, j] = spread[j, j + 2] = spread[j + 2, j] = spread[j + 2, j + 2] = ACCELERATION**2
    state, covariance = np.zeros(4), np.zeros((4, 4))
    state[:2] = measured[0] - noise_mean
    covariance[:2, :2] = noise_covariance
    for t in range(len(measured)):
        state = transition @ state
        covariance = transition @ covariance @ transition.T + spread
        innovation = np.linalg.inv(np.ascontiguousarray(covariance[:2, :2]) + noise_covariance)
        gain = np.ascontiguousarray(covariance[:, :2]) @ innovation
        state = state + gain @ (measured[t] - noise_mean - state[:2])
        covariance = covariance - gain @ np.ascontiguousarray(covariance[:2])
        means[t] = state[:2]


def main(n_steps=2_000, n_particles=2_000):
    """Learn the noise, follow a target; return the errors of the two filters and of no filter."""
    rng = np.random.default_rng(0)
    noise = GaussianMixture(2, random_state=0).fit(glints(5_000, rng)).mixture_
    positions, measured = simulate(n_steps, rng)
    by_particles, by_kalman = np.empty((2, n_steps, 2))
    particle_filter(measured, noise, n_particles, rng, by_particles)
    gaussian = moment_match(noise)
    kalman_filter(measured, gaussian.means[0], gaussian.covariances[0], by_kalman)
    found = {"measured": measured, "Kalman filter": by_kalman, "particle filter": by_particles}
    errors = {}
    print("root mean square error of the position")
    for name, estimate in found.items():
        errors[name] = float(np.sqrt(np.square(estimate - positions).sum(axis=1).mean()))
        print(f"  {name:<16}{errors[name]:.3f}")
    return errors


if __name__ == "__main__":
    main()
