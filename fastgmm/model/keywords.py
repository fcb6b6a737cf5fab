"""The parameters of `GaussianMixture` as keywords that others pass on: for type checkers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from .._typing import (
        Acceleration,
        Algorithm,
        Assignment,
        Covariances,
        Fixed,
        InitParams,
        Missing,
        RandomState,
    )
    from ..em.loop import EMState
    from ..em.prior import Prior


class ForSelection(TypedDict, total=False):
    """Those that `fastgmm.select` passes on: it has the others itself."""

    reg_covar: float
    init_params: InitParams
    weights_init: ArrayLike | None
    means_init: ArrayLike | None
    precisions_init: ArrayLike | None
    warm_start: bool
    verbose: int
    verbose_interval: int
    covariances_init: ArrayLike | None
    fixed: Fixed
    assignment: Assignment
    acceleration: Acceleration
    callback: Callable[[EMState], object] | None
    prior: Prior | None
    missing: Missing
    algorithm: Algorithm
    batch_size: int | None
    learning_decay: float
    learning_offset: float
    learning_floor: float


class Parameters(ForSelection, total=False):
    """All but `n_components`."""

    covariance_type: Covariances
    tol: float
    max_iter: int
    n_init: int
    random_state: RandomState
