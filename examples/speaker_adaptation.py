"""Tell speakers apart by a background model and its adaptation to a few seconds of each.

A universal background model is a mixture of the features of many speakers. A speaker's own model
is the background model with its means moved towards what the speaker's rows say, and the further,
the more rows a component explains: the maximum a posteriori estimate of the means (Gauvain and Lee
1994; Reynolds, Quatieri and Dunn 2000). A test utterance belongs to the speaker whose model makes
it the likeliest beside the background model. Adaptation and scores are compiled loops.

    python examples/speaker_adaptation.py
"""

import numpy as np
from numba import njit

from fastgmm import GaussianMixture, e_step, log_density, make_workspace, with_

N_FEATURES, N_SOUNDS = 12, 16


def simulate(n_speakers, n_rows, rng):
    """Return rows (n_speakers, n_rows, 12): sounds that all make, each speaker a bit apart."""
    common = np.random.default_rng(0)
    sounds = 2.0 * common.normal(size=(N_SOUNDS, N_FEATURES))
    accents = 0.3 * common.normal(size=(n_speakers, N_SOUNDS, N_FEATURES))
    which = rng.integers(N_SOUNDS, size=(n_speakers, n_rows))
    means = sounds[which] + accents[np.arange(n_speakers)[:, np.newaxis], which]
    return means + rng.normal(size=means.shape)


@njit
def adapted(background, rows, workspace, relevance):
    """Return the background model with its means adapted to a speaker's rows (n, D).

    ``mean + nk / (nk + relevance) (mean of the rows - mean)``: `relevance` is the number of rows
    that count as much as the background model.
    """
    stats = e_step(rows, background, workspace)
    means = background.means.copy()
    for k in range(len(means)):
        share = stats.nk[k] / (stats.nk[k] + relevance)
        if stats.nk[k] > 0.0:
            means[k] += share * (stats.shift[k] + stats.first[k] / stats.nk[k] - means[k])
    return with_(background, means=means)


@njit
def log_ratio(rows, model, background):
    """Return the mean log likelihood ratio of rows (n, D), in nats a row."""
    total = 0.0
    for i in range(len(rows)):
        total += log_density(rows[i], model) - log_density(rows[i], background)
    return total / len(rows)


def accuracy(models, background, utterances):
    """Return the share of the utterances (n_speakers, n, D) that are given to their speaker."""
    scores = [[log_ratio(rows, m, background) for m in models] for rows in utterances]
    return float(np.mean(np.argmax(scores, axis=1) == np.arange(len(utterances))))


def main(n_speakers=30, n_rows=100):
    """Train, adapt, identify; return the accuracy of adapted models and of models fitted anew."""
    rng = np.random.default_rng(1)
    many = simulate(n_speakers, 2_000, rng).reshape(-1, N_FEATURES)
    background = GaussianMixture(N_SOUNDS, covariance_type="diag", random_state=0).fit(many)
    training, test = simulate(n_speakers, n_rows, rng), simulate(n_speakers, 40, rng)
    mixture = background.mixture_
    workspace = make_workspace(mixture)
    by_adaptation = [adapted(mixture, rows, workspace, 16.0) for rows in training]
    anew = [
        GaussianMixture(N_SOUNDS, covariance_type="diag", reg_covar=0.1, random_state=0)
        .fit(rows)
        .mixture_
        for rows in training
    ]
    found = {"adapted": by_adaptation, "fitted anew": anew}
    result = {name: accuracy(models, mixture, test) for name, models in found.items()}
    print(f"{n_speakers} speakers, {n_rows} rows of each; utterances of {test.shape[1]} rows")
    for name, share in result.items():
        print(f"  models {name:<12} {share:.0%} of the utterances given to their speaker")
    return result


if __name__ == "__main__":
    main()
