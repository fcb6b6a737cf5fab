"""umap's gradients, written by hand, against the derivatives of its distances.

``umap.distances.euclidean_grad`` and its kin return a distance and its gradient by the first
argument. ``python -m benchmarks.public_code.gradients [parts of names]`` prints the largest
differences, relative to the gradient's largest item.
"""

import copy
import sys

import numba
import numpy as np

import fastad

from . import find, trial


def distance_of(function, others):
    """Return the distance alone, of two vectors and of so many other arguments."""
    return (
        numba.njit(lambda x, y: function(x, y)[0]),
        numba.njit(lambda x, y, a: function(x, y, a)[0]),
        numba.njit(lambda x, y, a, b: function(x, y, a, b)[0]),
    )[others]


def differences(point):
    """Return how far umap's gradient and fastad's are apart, and fastad's and differences.

    NaN where umap's has not as many items as its argument.
    """
    distance = distance_of(point.function, len(point.arguments) - 2)
    ours = fastad.grad(distance)(*copy.deepcopy(point.arguments))
    theirs = point.function(*copy.deepcopy(point.arguments))[1]  # some write into x and y
    alone = trial.Point(distance, point.arguments)
    wanted = [trial.difference(alone, np.ones(1), 0, k)[0] for k in range(ours.size)]
    size = max(np.abs(ours).max(), 1e-300)
    apart = np.nan if theirs.shape != ours.shape else np.abs(theirs - ours).max() / size
    return apart, np.abs(wanted - ours).max() / size


def main(parts):
    for found in find.functions("umap"):
        if parts and not any(part in found.name for part in parts):
            continue
        if found.name.startswith("umap.distances.") and found.name.endswith("_grad"):
            point = next(trial.points(found))
            theirs, wanted = differences(point)
            print(f"{found.name:60s} umap's {theirs:.1e}, differences {wanted:.1e}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
