"""`Workspace`: the options of a run of EM steps, and what one step has to tell the next."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..covariances import COVARIANCE_TYPES, TYPES, by_shape
from ..em.m_step import MStep, MStepOptions
from ..mixture import as_dtype, as_made, check_unmasked, frozen
from ..model import checks
from ..passes.prange import PrangeSource

if TYPE_CHECKING:
    import numpy.typing as npt

    from .._typing import Assignment, Covariances, Fixed, Float64s
    from ..covariances.types import Covariance
    from ..mixture import Mixture


# Of `Workspace.rows`: whether E-steps saw float32 rows, and whether they were summed in float32.
DOUBLE, SUMMED_IN_DOUBLE, SINGLE = 0, 1, 2


class Workspace(NamedTuple):
    """What the steps of one run have in common: make one with `make_workspace`.

    Attributes
    ----------
    covariance : int
        Place of the covariance type among full, tied, diag, spherical and VEI.
    reg_covar : float
        Added to all variances, in squared units of the data.
    fixed : int
        Of the parameters that stay: 1 for weights, 2 for means, 4 for covariances, or their sum.
    hard : bool
        Whether each row belongs to its most likely component alone.
    means : ndarray of shape (K, D), float64
        The means that the last M-step made: whether the next goes on from them.
    raised : ndarray of shape (K,), bool
        The components whose covariance the last M-step raised to the floor.
    rows : ndarray of shape (1,), int64
        Whether `e_step` has seen float32 rows: fewer digits are expected of what they sum up to.
    """

    covariance: int
    reg_covar: float
    fixed: int
    hard: bool
    means: Float64s
    raised: npt.NDArray[np.bool_]
    rows: npt.NDArray[np.int64]

    @property
    def type(self) -> Covariance:
        """The covariance type."""
        return TYPES[COVARIANCE_TYPES[self.covariance]]

    @property
    def mode(self) -> str:
        """What passes call the assignment."""
        return "hard" if self.hard else "soft"

    @property
    def options(self) -> MStepOptions:
        """The MStepOptions."""
        fixed = tuple(n for i, n in enumerate(checks.FIXABLE) if self.fixed >> i & 1)
        return MStepOptions(self.type, self.reg_covar, fixed)

    def last(self, mixture: Mixture) -> MStep:
        """Return the MStep of the step before, as far as the next, from `mixture`, asks for it."""
        goes_on = np.array_equal(self.means, mixture.means)
        raised = self.raised.copy() if goes_on else np.zeros_like(self.raised)
        return MStep(None, None, raised, np.nan)  # type: ignore[arg-type]

    def handed_out(self, step: MStep, dtype: np.dtype[Any]) -> Mixture:
        """Return the mixture of an M-step, and remember it."""
        mixture = as_dtype(step.mixture, dtype)
        self.means[:] = mixture.means
        self.raised[:] = step.floored
        return frozen(mixture)


def make_workspace(
    mixture: Mixture,
    *,
    covariance_type: Covariances | None = None,
    reg_covar: float = 1e-06,
    fixed: Fixed = (),
    assignment: Assignment = "soft",
) -> Workspace:
    """Make what `em_step`, `e_step` and `m_step` need beside rows and a mixture, once for a run.

    Python alone calls it; what it returns is an argument of compiled functions.

    Parameters
    ----------
    mixture : Mixture
        From which the run starts: its shapes count, not its values.
    covariance_type : {"full", "tied", "diag", "spherical", "VEI"}, optional
        What is estimated; by default what the shape of the mixture's covariances says.
    reg_covar : float, default=1e-6
        Added to the diagonal of every covariance, in squared units of the data.
    fixed : collection of {"weights", "means", "covariances"}, default=()
        Parameters that stay as they are.
    assignment : {"soft", "hard"}, default="soft"
        Hard EM gives each row to its most likely component alone.

    Returns
    -------
    Workspace
        For one run at a time. It holds no rows: those of each call may be others, and as many
        as you like.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture.
    ValueError
        If an option is not as described, or the covariances are of another type's shape.

    Examples
    --------
    >>> from fastgmm import make_mixture, make_workspace
    >>> m = make_mixture([0.5, 0.5], [[0.0], [4.0]], [[1.0], [1.0]])
    >>> make_workspace(m, fixed=["weights"]).fixed
    1
    """
    mixture = checks.check_mixture(mixture)
    k, d = mixture.means.shape
    if covariance_type is None:
        covariance_type = by_shape(mixture.covariances.shape, k, d).name
    if covariance_type not in COVARIANCE_TYPES:
        raise ValueError(
            f"covariance_type must be one of {', '.join(COVARIANCE_TYPES)}, got {covariance_type!r}"
        )
    shape = TYPES[covariance_type].shape(k, d)
    if mixture.covariances.shape != shape:
        raise ValueError(
            f"covariance_type={covariance_type!r} asks for a mixture with covariances of shape "
            f"{shape}, got {mixture.covariances.shape}"
        )
    if not (isinstance(reg_covar, Real) and 0.0 <= reg_covar <= 1e300):
        raise ValueError(f"reg_covar must be a number from 0 to 1e300, got {reg_covar!r}")
    if assignment not in ("soft", "hard"):
        raise ValueError(f'assignment must be "soft" or "hard", got {assignment!r}')
    fixed = checks.check_fixed(fixed, checks.FIXABLE)
    return Workspace(
        COVARIANCE_TYPES.index(covariance_type),
        float(reg_covar),
        sum(1 << i for i, name in enumerate(checks.FIXABLE) if name in fixed),
        assignment == "hard",
        np.full((k, d), np.nan),
        np.zeros(k, bool),
        np.zeros(1, np.int64),
    )


def check_kind(value, kind, name, hint):
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, {hint}; got a {type(value).__name__}")


def checked_mixture(mixture, workspace):
    """Return a mixture in float64, if it and the workspace go together."""
    checks.check_mixture(mixture)
    check_kind(workspace, Workspace, "workspace", "of make_workspace")
    k, d = mixture.means.shape
    shape = workspace.type.shape(k, d)
    if workspace.means.shape != (k, d) or mixture.covariances.shape != shape:
        raise ValueError(
            f"workspace was made for means of shape {workspace.means.shape} and "
            f"{workspace.type.name} covariances, got a mixture with means of "
            f"shape {(k, d)} and covariances of shape {mixture.covariances.shape}: make another"
        )
    return as_dtype(as_made(mixture), np.float64)


def source_of(X, sample_weight, mixture, dtype=None):
    """Return the rows, checked but for what a pass looks at, as a PrangeSource."""
    check_unmasked(X, "X")
    if not isinstance(X, np.ndarray) or X.dtype not in (np.float64, np.float32):
        got = X.dtype if isinstance(X, np.ndarray) else f"a {type(X).__name__}"
        raise TypeError(f"X must be an ndarray of float64 or float32, got {got}")
    d = mixture.means.shape[1]
    if X.ndim != 2 or X.shape[1] != d or len(X) == 0:
        raise ValueError(f"X must be of shape (N, {d}), with N of at least 1, got {X.shape}")
    return PrangeSource(np.asarray(X), _checked_weight(sample_weight, X), dtype=dtype)


def _checked_weight(sample_weight, X):
    """Return weights as float64; what is wrong with them is looked for where something is."""
    if sample_weight is None:
        return None
    check_unmasked(sample_weight, "sample_weight")
    if np.shape(sample_weight) != X.shape[:1]:
        raise ValueError(
            f"sample_weight must be of shape {X.shape[:1]}, got {np.shape(sample_weight)}"
        )
    weight = np.ascontiguousarray(sample_weight, np.float64)
    least, most = weight.min(), weight.max()  # NaN if one is
    if least >= 0.0 and 1.0 / checks.LARGEST_WEIGHT <= most <= checks.LARGEST_WEIGHT:
        return weight
    return checks.check_sample_weight(weight, X)
