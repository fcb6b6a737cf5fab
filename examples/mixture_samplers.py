"""Draw from a posterior that is a mixture: Metropolis, Langevin and Hamiltonian Monte Carlo.

Each sampler is one compiled loop. `fastgmm.score` gives it the log density and its gradient at a
point, without allocating. The mixture's own moments tell whether the draws are right: those of a
chain agree with them to a few of its standard errors.

    python examples/mixture_samplers.py
"""

import numpy as np
from numba import njit

from fastgmm import log_density, make_mixture, moment_match, score


def posterior():
    """Return three overlapping components in two dimensions: bent, and of two scales."""
    return make_mixture(
        [0.5, 0.3, 0.2],
        [[0.0, 0.0], [2.0, 1.5], [-1.5, 2.0]],
        [[[1.0, 0.6], [0.6, 1.0]], [[0.5, -0.2], [-0.2, 1.2]], [[1.5, 0.0], [0.0, 0.4]]],
    )


@njit
def metropolis(mixture, draws, step, rng):
    """Fill draws (n, D) by a random walk; return the share of accepted moves.

    Metropolis et al. 1953.
    """
    n, d = draws.shape
    x, proposal = mixture.means[0].copy(), np.empty(d)
    density, accepted = log_density(x, mixture), 0
    for i in range(n):
        for j in range(d):
            proposal[j] = x[j] + step * rng.normal()
        other = log_density(proposal, mixture)
        if np.log(rng.random()) < other - density:
            x[:] = proposal
            density = other
            accepted += 1
        draws[i] = x
    return accepted / n


@njit
def langevin(mixture, draws, step, rng):
    """Fill draws (n, D) by moves uphill and noise; return the share of accepted moves.

    The Metropolis-adjusted Langevin algorithm (Roberts and Tweedie 1996): the proposal is
    ``x + step**2 / 2 * gradient + step * noise``.
    """
    n, d = draws.shape
    x, proposal = mixture.means[0].copy(), np.empty(d)
    slope, other_slope = np.empty(d), np.empty(d)
    density, accepted = score(x, mixture, slope), 0
    drift = 0.5 * step * step
    for i in range(n):
        for j in range(d):
            proposal[j] = x[j] + drift * slope[j] + step * rng.normal()
        other = score(proposal, mixture, other_slope)
        forth = back = 0.0
        for j in range(d):
            forth += (proposal[j] - x[j] - drift * slope[j]) ** 2
            back += (x[j] - proposal[j] - drift * other_slope[j]) ** 2
        if np.log(rng.random()) < other - density + (forth - back) / (4.0 * drift):
            x[:] = proposal
            slope[:] = other_slope
            density = other
            accepted += 1
        draws[i] = x
    return accepted / n


@njit
def hamiltonian(mixture, draws, step, n_leaps, rng):
    """Fill draws (n, D) by leapfrog paths; return the share of accepted moves.

    Hamiltonian Monte Carlo (Duane et al. 1987) with unit masses.
    """
    n, d = draws.shape
    x, y = mixture.means[0].copy(), np.empty(d)
    slope, momentum = np.empty(d), np.empty(d)
    density, accepted = log_density(x, mixture), 0
    for i in range(n):
        energy = -density
        for j in range(d):
            momentum[j] = rng.normal()
            energy += 0.5 * momentum[j] ** 2
        y[:] = x
        other = score(y, mixture, slope)
        for _ in range(n_leaps):
            for j in range(d):
                momentum[j] += 0.5 * step * slope[j]
                y[j] += step * momentum[j]
            other = score(y, mixture, slope)
            for j in range(d):
                momentum[j] += 0.5 * step * slope[j]
        new_energy = -other
        for j in range(d):
            new_energy += 0.5 * momentum[j] ** 2
        if np.log(rng.random()) < energy - new_energy:
            x[:] = y
            density = other
            accepted += 1
        draws[i] = x
    return accepted / n


def standard_errors(draws, n_batches=50):
    """Return the standard errors of a chain's means (D,), from those of its batches."""
    batches = draws[: len(draws) // n_batches * n_batches].reshape(n_batches, -1, draws.shape[1])
    return batches.mean(axis=1).std(axis=0, ddof=1) / np.sqrt(n_batches)


def main(n_draws=200_000):
    """Run the three samplers; return for each how far its moments are off, in standard errors."""
    mixture = posterior()
    exact = moment_match(mixture)
    samplers = {
        "Metropolis": lambda draws, rng: metropolis(mixture, draws, 1.8, rng),
        "Langevin": lambda draws, rng: langevin(mixture, draws, 1.2, rng),
        "Hamiltonian": lambda draws, rng: hamiltonian(mixture, draws, 0.4, 5, rng),
    }
    print(f"{'sampler':<12} accepted  independent draws  mean, off by  second moments, off by")
    off = {}
    for name, sampler in samplers.items():
        draws = np.empty((n_draws, 2))
        accepted = sampler(draws, np.random.default_rng(0))
        centred = draws - exact.means[0]
        squares = np.column_stack([centred[:, 0] ** 2, centred.prod(axis=1), centred[:, 1] ** 2])
        errors, of_squares = standard_errors(draws), standard_errors(squares)
        wanted = exact.covariances[0][[0, 0, 1], [0, 1, 1]]
        off[name] = (
            np.abs(centred.mean(axis=0) / errors).max(),
            np.abs((squares.mean(axis=0) - wanted) / of_squares).max(),
        )
        independent = (np.diag(exact.covariances[0]) / errors**2).min()
        print(
            f"{name:<12} {accepted:8.2f}  {independent:17,.0f}  {off[name][0]:8.1f} s.e."
            f"  {off[name][1]:18.1f} s.e."
        )
    return off


if __name__ == "__main__":
    main()
