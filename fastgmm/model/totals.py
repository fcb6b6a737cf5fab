"""Sums over all rows of a source, under a mixture: what scores and criteria are made of."""

import numpy as np
from scipy.special import xlogy

from ..passes.some_rows import rows_at_once
from ..passes.sources import outputs_of

_ENTROPY_ROWS = 2**14  # whose responsibilities are looked at together


def log_likelihood(source, mixture, moments):
    """Return the sum of the (weighted) rows' log densities, in nats."""
    total = 0.0
    for part in source.parts(rows_at_once(source.n_features)):
        scores, weights = found_of(part, mixture, moments, "scores"), part.sample_weight
        scores = scores.astype(np.float64, copy=False)
        if weights.size:
            scores = np.where(weights > 0, scores, 0.0) * weights
        with np.errstate(over="ignore"):
            total += float(scores.sum())
    return total


def entropy(source, mixture, moments):
    """Return the entropy of the responsibilities of the (weighted) rows, in nats."""
    total = 0.0
    for part in source.parts(_ENTROPY_ROWS):
        resp = found_of(part.in_float64(), mixture, moments, "resp")
        terms, weights = xlogy(resp, resp).sum(axis=1), part.sample_weight
        total -= float(terms @ weights if weights.size else terms.sum())
    return total


def found_of(source, mixture, moments, name):
    """Return "labels" (N,), "resp" (N, K) or "scores" (N,) of all rows of a source."""
    found = outputs_of(source.n_rows, mixture, source.result_dtype, [name])
    source.scores(mixture, moments, found)
    return found[name]
