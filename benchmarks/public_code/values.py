"""What the parameters of public functions take, by name.

A candidate is a value, or a function of a random generator that makes one.  All sizes agree:
vectors have N items, matrices N rows and columns; floats are between 0.2 and 0.9, where
logarithms, roots, inverse sines and eccentricities are defined.
"""

import numpy as np

N = 5


def F(rng):
    """A float."""
    return float(rng.uniform(0.2, 0.9))


def floats(*shape):
    """A candidate for an array of floats."""
    return lambda rng: rng.uniform(0.2, 0.9, shape)


V, V3, M, T = floats(N), floats(3), floats(N, N), floats(N, N, N)
ARRAYS = {1: V, 2: M, 3: T, 4: floats(3, 3, 3, 3)}


def integers(*shape):
    """A candidate for an array of indices, each row a permutation."""

    def make(rng):
        rows = np.arange(np.prod(shape, dtype=int)).reshape(shape) % shape[-1]
        return rows.astype(np.int64)

    return make


IV, IM = integers(N), integers(N, N)
INDICES = {1: IV, 2: IM}


def sorted_floats(rng):
    return np.sort(rng.uniform(0.2, 0.9, N))


def random_state(rng):
    return rng.integers(1, 2**30, 3)


def indptr(rng):
    return np.arange(N + 1)


def each(names, candidates):
    """Return the same candidates for several names."""
    return dict.fromkeys(names.split(), candidates)


ANNOTATIONS = (
    ("float", F),
    ("int", 3),
    ("bool", True),
    ("numpy.ndarray", [V, M, T]),
    ("np.ndarray", [V, M, T]),
    ("numba.typed", None),
    ("str", "auto"),
)

_SAME = {
    (V, M, F): "x y vec point query z weights sigma data1 data2 values dists distances left right",
    (M, T, V): "X Y embedding matrix tableau A B cost M Q R P payoff_matrix points",
    (F, V): "a b c p q alpha beta gamma rho loc scale mu tol eps radius",
    (IV, IM): "indices ind1 ind2 ind inds idx index rows cols order orders perm graph_indices",
    (3,): "n m n_features n_neighbors n_points size dim n_samples max_iter maxiter numiter",
    (random_state,): "rng_state state",
    (False,): "verbose use_bias ignore_trivial reverse disp",
    (indptr,): "indptr",
    (1,): "n_threads thread_idx",
    (V, F): "r v arr parameters params coefs resids u",
}
NAMES = {name: list(options) for options, names in _SAME.items() for name in names.split()}


def by_name(name):
    """Return the candidates for a name that no package's recipe has."""
    return NAMES.get(name, [F, V, M, 3])
