"""Some of the rows: drawn, spread evenly, worst explained; the same wherever rows come from."""

import numpy as np

FEW_ROWS = 64  # that tell where most rows are
SCAN_ROWS = 4096  # rows looked at a time
PART_BYTES, MOST_ROWS = 2**24, 2**18  # of rows that are scored together


def few_rows(n_rows):
    """Return the numbers of some rows that tell where most are."""
    return np.linspace(0, n_rows - 1, min(n_rows, FEW_ROWS)).astype(np.int64)


def drawn_ranks(n, n_rows, rng):
    """Return the ranks of a row, at random, of each of `n` equal parts of the rows; or of all."""
    if n >= n_rows:
        return np.arange(n_rows)
    bounds = np.arange(n + 1) * n_rows // n
    return bounds[:-1] + (rng.uniform(size=n) * np.diff(bounds)).astype(np.int64)


def of_positive_weight(blocks, ranks):
    """Return the numbers of rows, given their ranks (increasing) among those of weight > 0.

    blocks: the weights of all rows, in arrays one after the other.
    """
    index, start, before = np.empty_like(ranks), 0, 0
    for weights in blocks:
        positive = np.flatnonzero(weights)
        first, last = np.searchsorted(ranks, [before, before + len(positive)])
        index[first:last] = start + positive[ranks[first:last] - before]
        start, before = start + len(weights), before + len(positive)
    return index


def in_blocks(array, n=SCAN_ROWS):
    """Yield an array in blocks of n items."""
    return (array[start : start + n] for start in range(0, len(array), n))


def rows_at_once(n_features):
    """Return of how many rows the scores are looked at together, and in memory."""
    return max(SCAN_ROWS, min(MOST_ROWS, PART_BYTES // (8 * n_features)))


def labels_alike(parts, covariance_type, mixtures):
    """Whether no row of any part changes its most likely component between mixtures."""
    for part in parts:
        labels = [np.empty(part.n_rows, np.int64) for _ in mixtures]
        for mixture, found in zip(mixtures, labels, strict=True):
            part.scores(mixture, covariance_type, {"labels": found})
        if not all(np.array_equal(labels[0], found) for found in labels):
            return False
    return True


def worst_explained(parts, mixture, covariance_type, n):
    """Return up to `n` distinct rows of positive weight that `mixture` explains worst.

    parts: sources of some rows each, which together are all.
    """
    found, found_scores = np.empty((0, mixture.means.shape[1])), np.empty(0)
    for part in parts:
        scores = np.empty(part.n_rows, dtype=part.dtype)
        part.scores(mixture, covariance_type, {"scores": scores})
        scores = scores.astype(np.float64)
        if part.sample_weight.size:
            scores[part.sample_weight <= 0] = np.inf
        rows = np.concatenate([found, part.X])
        scores = np.concatenate([found_scores, scores])
        order = np.argsort(scores, kind="stable")
        order = order[scores[order] < np.inf]
        _, first = np.unique(rows[order], axis=0, return_index=True)
        keep = order[np.sort(first)[:n]]
        found, found_scores = rows[keep], scores[keep]
    return found
