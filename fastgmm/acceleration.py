"""Extrapolation of the EM iteration: fewer passes to the same fixed points.

An accelerator sees points and what EM maps them to, and proposes where to go next. The EM
loop judges the proposal by its likelihood, which the next pass gives for free, and goes back
to what EM itself had said should it have fallen: the lower bound never falls, and the
fixed points are EM's.

Mixtures are extrapolated as vectors in coordinates without constraints: log weights, means
in units of the features' deviations, Cholesky factors with the logarithm of the diagonal.
"""

import numpy as np

from ._plan import frame, variances_of
from .mixture import assemble, covariances_of

# A step this much longer than EM's is not believed.
_LONGEST_SQUAREM = 64.0


class Coordinates:
    """The map between mixtures and vectors; the units are those of the first mixture."""

    def __init__(self, mixture, fixed):
        k, d = mixture.means.shape
        variances = variances_of(mixture.covariances, k, d)
        _, self.scale = frame(mixture.weights, mixture.means, variances, kind=0)
        if mixture.covariances.shape[-1] != d:
            self.scale = np.full(d, self.scale.max())
        self.fixed = fixed
        self.like = mixture

    def encode(self, mixture):
        """Return the vector of a mixture, or None if a weight is zero."""
        if not (mixture.weights > 0).all():
            return None
        parts = []
        if "weights" not in self.fixed:
            parts.append(np.log(mixture.weights))
        if "means" not in self.fixed:
            parts.append((mixture.means / self.scale).ravel())
        if "covariances" not in self.fixed:
            parts.append(self._log_diagonal(self._scaled(mixture.precisions_cholesky), np.log))
        return np.concatenate(parts) if parts else None

    def decode(self, vector):
        """Return the mixture of a vector; None if it is not finite."""
        like, start = self.like, 0
        weights, means = like.weights, like.means
        covariances, factors = like.covariances, like.precisions_cholesky
        if "weights" not in self.fixed:
            logs = vector[: weights.size]
            weights = np.exp(logs - logs.max())
            weights /= weights.sum()
            start = weights.size
        if "means" not in self.fixed:
            means = vector[start : start + means.size].reshape(means.shape) * self.scale
            start += means.size
        if "covariances" not in self.fixed:
            packed = self._log_diagonal(vector[start:], np.exp, factors.shape)
            factors = packed / self._unit(packed)
            if not (np.isfinite(factors).all() and np.isfinite(means).all()):
                return None
            covariances = covariances_of(factors)
        return assemble(weights, means, covariances, factors)

    def _unit(self, factors):
        """Return what takes factors to the frame: rows times the features' scales."""
        if factors.ndim == 3:
            return self.scale[:, np.newaxis]
        return self.scale[: factors.shape[1]]

    def _scaled(self, factors):
        return factors * self._unit(factors)

    def _log_diagonal(self, array, function, shape=None):
        """Apply `function` to the diagonals (all of diag and spherical) of a copy, flattened
        or, given a shape, unflattened."""
        array = array.copy() if shape is None else array.reshape(shape).copy()
        with np.errstate(over="ignore"):
            if array.ndim == 3:
                diagonal = np.einsum("kii->ki", array)
                diagonal[...] = function(diagonal)
            else:
                array = function(array)
        return array.ravel() if shape is None else array


class Squarem:
    """Squared extrapolation: two EM steps, then one long step along their curvature.

    References
    ----------
    Varadhan and Roland, "Simple and globally convergent methods for accelerating the
    convergence of any EM algorithm", Scandinavian Journal of Statistics 35 (2008), scheme S3.
    """

    def __init__(self):
        self.first = None
        self.stabilise = False

    def restart(self):
        """Forget the past: the next two proposals are EM's own."""
        self.first, self.stabilise = None, False

    def propose(self, point, image):
        """Return the vector to go to from `point`, which EM maps to `image`; None: the image."""
        if self.stabilise:  # `point` was extrapolated: its image begins the next cycle
            self.stabilise = False
            return None
        if self.first is None:
            self.first = point, image - point
            return None
        start, step = self.first
        bend = (image - point) - step
        self.first = None
        size = np.linalg.norm(bend)
        if size == 0.0:
            return None
        length = min(np.linalg.norm(step) / size, _LONGEST_SQUAREM)
        if length <= 1.0:
            return None
        self.stabilise = True
        return start + 2.0 * length * step + length * length * bend


ACCELERATIONS = {"none": None, "squarem": Squarem}
