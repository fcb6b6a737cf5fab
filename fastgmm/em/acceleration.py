"""Extrapolation of the EM iteration: fewer passes to the same fixed points.

An accelerator sees points and what EM maps them to, and proposes where to go next. The EM
loop judges the proposal by its likelihood, which the next pass gives for free, and goes back
to what EM itself had said should it have fallen: the fixed points are EM's.
"""

import numpy as np

from ..covariances.factors import covariances_of, inverses_of
from ..mixture import assemble


class Coordinates:
    """Vectors without constraints for the mixtures near a reference.

    Logarithms of weights, means, and Cholesky factors of precisions with the logarithm of
    their diagonal, all in units in which the Fisher information of the complete data (the rows
    and their components) is the identity at the reference. In these units EM's step is the
    gradient of the lower bound, to first order, and the derivative of the EM map is symmetric:
    the identity less the share of the information that the rows alone hold (Dempster, Laird
    and Rubin, "Maximum likelihood from incomplete data via the EM algorithm", JRSS B 39, 1977).

    Parameters
    ----------
    reference : Mixture
        Of positive weights.
    fixed : collection of {"weights", "means", "covariances"}
        What the vectors leave out: `decode` takes it from the reference.
    """

    def __init__(self, reference, fixed):
        k, d = reference.means.shape
        factors = reference.precisions_cholesky
        self.reference, self.fixed = reference, fixed
        self.root_weights = np.sqrt(reference.weights)[:, np.newaxis]
        shared = factors.ndim == 3 and len(factors) < k
        unit = np.ones((1, 1)) if shared else self.root_weights
        if factors.ndim == 3:
            self.upper = np.triu_indices(d)
            self.diagonal = self.upper[0] == self.upper[1]
            self.inverse = inverses_of(factors)
            self.unit = unit * np.where(self.diagonal, np.sqrt(2.0), 1.0)
        else:
            self.unit = unit * np.sqrt(2.0 * d / factors.shape[1])

    def encode(self, mixture):
        """Return the vector of a mixture, or None if a weight is zero."""
        if not (mixture.weights > 0).all():
            return None
        weights = np.log(mixture.weights)[:, np.newaxis] * self.root_weights
        means = self._whiten(mixture.means - self.reference.means) * self.root_weights
        parts = {"weights": weights, "means": means}
        factors, reference = mixture.precisions_cholesky, self.reference.precisions_cholesky
        if factors.ndim == 3:
            factors = (self.inverse @ factors)[:, self.upper[0], self.upper[1]]
            factors[:, self.diagonal] = np.log(factors[:, self.diagonal])
        else:
            factors = np.log(factors / reference)
        parts["covariances"] = factors * self.unit
        parts = [part.ravel() for name, part in parts.items() if name not in self.fixed]
        return np.concatenate(parts) if parts else None

    def decode(self, vector):
        """Return the mixture of a vector."""
        weights, means, covariances, factors, _ = self.reference
        parts = self._parts(vector)
        if "weights" in parts:
            logs = parts["weights"]
            weights = np.exp(logs - logs.max())[:, 0]
            weights /= weights.sum()
        if "means" in parts:
            means = means + self._unwhiten(parts["means"])
        if "covariances" in parts:
            relative = parts["covariances"]
            if factors.ndim == 3:
                relative[:, self.diagonal] = np.exp(relative[:, self.diagonal])
                triangles = np.zeros_like(factors)
                triangles[:, self.upper[0], self.upper[1]] = relative
                factors = factors @ triangles
            else:
                factors = factors * np.exp(relative)
            covariances = covariances_of(factors)
        return assemble(weights, means, covariances, factors)

    def length(self, step):
        """Return the largest change in `step`: of a mean in standard deviations, or of a factor
        or logarithm of a factor; of a weight's logarithm a quarter."""
        parts = self._parts(step)
        sizes = [np.abs(parts.pop("weights")).max() / 4] if "weights" in parts else []
        sizes += [np.linalg.norm(part, axis=1).max() for part in parts.values()]
        return max(sizes)

    def _parts(self, vector):
        """Return ``{name: array}`` of what a vector holds, a row a component, without units."""
        k, d = self.reference.means.shape
        n = len(self.reference.precisions_cholesky)
        shapes = {"weights": (k, 1), "means": (k, d), "covariances": (n, -1)}
        units = {"weights": self.root_weights, "means": self.root_weights, "covariances": self.unit}
        parts, start = {}, 0
        for name in shapes:
            if name not in self.fixed:
                stop = start + k * shapes[name][1] if name != "covariances" else vector.size
                parts[name] = vector[start:stop].reshape(shapes[name]) / units[name]
                start = stop
        return parts

    def _whiten(self, delta):
        factors = self.reference.precisions_cholesky
        if factors.ndim == 2:
            return delta * factors
        return (delta[:, np.newaxis, :] @ factors)[:, 0]

    def _unwhiten(self, delta):
        if self.reference.precisions_cholesky.ndim == 2:
            return delta / self.reference.precisions_cholesky
        return (delta[:, np.newaxis, :] @ self.inverse)[:, 0]


class Squarem:
    """Squared extrapolation: two EM steps, then one long step along their curvature.

    References
    ----------
    Varadhan and Roland, "Simple and globally convergent methods for accelerating the
    convergence of any EM algorithm", Scandinavian Journal of Statistics 35 (2008), scheme S3.
    """

    longest = 64.0  # times EM's step

    def __init__(self):
        self.restart()

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
        length = min(np.linalg.norm(step) / size, self.longest)
        if length <= 1.0:
            return None
        self.stabilise = True
        return start + 2.0 * length * step + length * length * bend


class Anderson:
    """Anderson acceleration of an ascent: Newton's step where the last few points tell how.

    With the EM steps ``r = image - point`` and the differences S of the last points and Y of
    their steps, ``H = -Y S^-1`` is the information's share on the span of S. There the step is
    ``|H|^-1 r``, by the absolute eigenvalues: where the lower bound curves upwards, plain
    Anderson acceleration would turn back to the saddle behind. Outside the span it is EM's,
    less what H already moves. A step is no longer than `reach` times EM's; every point that was
    worth going to doubles the reach, every restart quarters it.

    References
    ----------
    Walker and Ni, "Anderson acceleration for fixed-point iterations", SIAM Journal on
    Numerical Analysis 49 (2011), for the family; Henderson and Varadhan, "Damped Anderson
    acceleration with restarts and monotonicity control for accelerating EM and EM-like
    algorithms", JCGS 28 (2019), for damping and restarts; Dauphin et al., "Identifying and
    attacking the saddle point problem in high-dimensional non-convex optimization", NIPS 2014,
    for the absolute eigenvalues.
    """

    window = 3
    least_share = 1 / 128  # smaller eigenvalues of H count as this
    first_reach, last_reach = 4.0, 64.0

    def __init__(self):
        self.points, self.steps, self.reach = [], [], self.first_reach

    def restart(self):
        """Forget the past: the next proposal is EM's own."""
        self.points, self.steps = [], []
        self.reach = max(self.reach / 4.0, 1.0)

    def propose(self, point, image):
        """Return the vector to go to from `point`, which EM maps to `image`; None: the image."""
        step = image - point
        if len(self.points) > 1:
            self.reach = min(2.0 * self.reach, self.last_reach)
        differences = np.array([p - point for p in self.points[::-1]]).T  # the newest first
        changes = np.array([step - s for s in self.steps[::-1]]).T
        self.points = [*self.points, point][-self.window :]
        self.steps = [*self.steps, step][-self.window :]
        newton = self._newton(step, differences, changes) if differences.size else None
        if newton is None:
            return None
        size = np.linalg.norm(newton)
        longest = self.reach * np.linalg.norm(step)
        return image + (newton - step) * (longest / size if size > longest else 1.0)

    def _newton(self, step, differences, changes):
        """Return the step of the model ``H @ differences = changes``, the identity elsewhere."""
        sizes = np.linalg.norm(differences, axis=0)
        if not (sizes > 0).all():
            return None
        basis, triangle = np.linalg.qr(differences / sizes)
        # Of nearly parallel differences the newest alone is believed.
        n = np.cumprod(np.abs(np.diag(triangle)) > 1e-6).sum()
        basis, triangle = basis[:, :n], triangle[:n, :n]
        moved = np.linalg.solve(triangle.T, (changes / sizes)[:, :n].T).T  # H @ basis
        inner = basis.T @ moved
        share, axes = np.linalg.eigh(0.5 * (inner + inner.T))
        along = axes.T @ (basis.T @ step)
        along = axes @ (along / np.maximum(np.abs(share), self.least_share))
        rest = step - moved @ along
        return basis @ along + rest - basis @ (basis.T @ rest)


ACCELERATIONS = {"none": None, "squarem": Squarem, "anderson": Anderson}
