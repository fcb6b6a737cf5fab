"""umap's gradients, written by hand, against the derivatives of its distances.

``umap.distances.euclidean_grad`` and its kin return a distance and its gradient by the first
argument. ``python -m benchmarks.public_code.gradients`` prints the largest differences.
"""

import numba
import numpy as np

import fastad

from . import find, trial


def distance_of(function, others):
    """Return the distance alone, with what else it takes."""
    if not others:
        return numba.njit(lambda x, y: function(x, y)[0])
    return numba.njit(lambda x, y, a: function(x, y, a)[0])


def differences(point):
    """Return how far umap's gradient and fastad's are apart, and fastad's and differences."""
    x, y, *others = point.arguments
    distance = distance_of(point.function, others[:1])
    ours = fastad.grad(distance)(x, y, *others[:1])
    theirs = point.function(x, y, *others)[1]
    alone = trial.Point(distance, (x, y, *others[:1]))
    wanted = [trial.difference(alone, np.ones(1), 0, k)[0] for k in range(x.size)]
    size = max(np.abs(ours).max(), 1e-300)
    return np.abs(theirs - ours).max() / size, np.abs(wanted - ours).max() / size


def main():
    for found in find.functions("umap"):
        if found.name.startswith("umap.distances.") and found.name.endswith("_grad"):
            point = next(trial.points(found))
            theirs, wanted = differences(point)
            print(f"{found.name:60s} umap's {theirs:.1e}, differences {wanted:.1e}", flush=True)


if __name__ == "__main__":
    main()
