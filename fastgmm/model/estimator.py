"""`GaussianMixture`: scikit-learn's contract over the fast passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..covariances import TYPES
from ..em.acceleration import ACCELERATIONS
from ..em.loop import EMRun, estimate
from ..em.m_step import MStepOptions
from ..em.map_step import MapOptions
from ..em.prior import Prior, checked_prior
from ..mixture import frozen
from . import checks
from .conversion import GaussianConversions
from .criteria import CriteriaMixin
from .features import FeaturesMixin
from .fitted import all_or_nothing
from .fitting import FittingMixture, replaced
from .missing import MissingValuesMixin
from .online import OnlineMixin

if TYPE_CHECKING:
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
    from ..rows import Data


class GaussianMixture(
    FeaturesMixin,
    CriteriaMixin,
    MissingValuesMixin,
    OnlineMixin,
    GaussianConversions,
    FittingMixture,
):
    """Gaussian mixture fitted by EM, with the contract of scikit-learn's class of the name.

    The rows are read once an iteration, in blocks: extra memory does not grow with their
    number, and the result is bitwise the same for any number of threads.

    Parameters
    ----------
    n_components : int, default=1
        Number of components K.
    covariance_type : {"full", "tied", "diag", "spherical", "VEI"}, default="full"
        Each component has its own full covariance; all share one; each has its own
        variances; each has one variance. "VEI", which scikit-learn has not, are variances
        whose ratios are the same in all components (mclust's name: volume varies, shape equal,
        axes aligned), in diag's shape.
    tol : float, default=1e-3
        EM stops when the lower bound changes by less than this, in nats per sample.
    reg_covar : float, default=1e-6
        Added to the diagonal of every covariance, in squared units of the data.
    max_iter : int, default=100
        Largest number of EM iterations; 0 leaves the start.
    n_init : int, default=1
        Number of starts; the fit of the largest lower bound is kept.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}, default="kmeans"
        The rows' first assignment: to the nearest k-means centre; k-means++ centre;
        by random responsibilities; to the nearest of randomly drawn rows.
    weights_init : array-like of shape (K,), default=None
        Start weights, instead of those of the first assignment.
    means_init : array-like of shape (K, D), default=None
        Start means.
    precisions_init : array-like, default=None
        Start precisions, in the shape of ``precisions_``.
    random_state : int, RandomState instance or None, default=None
        For the starts, and for `sample`.
    warm_start : bool, default=False
        Go on from the last fit, if there is one: of as many features and components, and of
        the same covariance type. (`fit_labeled` starts from the labels all the same.)
    verbose : int, default=0
        Print the progress: 1 the iterations, 2 also the lower bound. While code is compiled for
        longer than a second, a terminal or notebook gets one line; of a fit with False, none.
    verbose_interval : int, default=10
        Iterations between two prints.
    covariances_init : array-like, default=None
        Start covariances, in the shape of ``covariances_``: the other way to say
        `precisions_init`.
    fixed : collection of {"weights", "means", "covariances"}, default=()
        Parameters held at their given start.
    assignment : {"soft", "hard"}, default="soft"
        Hard EM gives each row to its most likely component alone. With fixed equal weights
        and fixed equal spherical covariances it is k-means.
    acceleration : {"none", "squarem", "anderson"}, default="none"
        Extrapolate from iteration to iteration: the same fixed points, and a lower bound that
        falls no more than EM's own. Where EM needs hundreds of passes over the rows,
        ``"anderson"`` needs a third to a thirtieth of them, ``"squarem"`` mostly more.
    callback : callable, default=None
        Called after each iteration with an `EMState` (init, iteration, lower_bound,
        mixture); a true result stops the fit.
    prior : Prior, default=None
        EM then maximises the posterior density instead of the likelihood. What is called lower
        bound here has the log density of the prior over the number of rows (or weights) in it,
        up to a constant; `score`, `bic` and the other criteria are of the likelihood.
    missing : {"refuse", "allow"}, default="refuse"
        Whether NaN in X is an error, or a value that is missing at random: that it is missing may
        depend on the known values of its row, not on itself. EM and all methods then are of the
        likelihood of what is known. A row that misses all has the weights for responsibilities.
        What each row misses takes time; rows are computed with in float64. Without NaN in X
        nothing is different. See `impute` and `sample_missing`.
    algorithm : {"em", "minibatch"}, default="em"
        ``"minibatch"``: `fit` is by stepwise EM over rows that are drawn, and two iterations of EM
        on all at the end. `max_iter` is then the most passes over the rows that batches make, and
        `tol` what some rows that are put aside must gain, at the least, from one look at them to
        the next, beyond what a mean of more rows gains; two looks without that end it. See "Streams
        and mini-batches" in the guide.
    batch_size : int, default=None
        Rows of a mini-batch; None: 4096, or 64 a component. Of `partial_fit` the rows, or the
        weight, that count as one block for the learning rate; None: the mean of those so far.
    learning_decay : float, default=0.6
        Above 0.5, up to 1: how fast the learning rate of stepwise EM falls with the number t of
        blocks: as ``(learning_offset + t)**-learning_decay`` (see `partial_fit`).
    learning_offset : float, default=0.0
        Slows the first blocks down.
    learning_floor : float, default=0.0
        The least learning rate of a block, below 1, for streams that drift: what is known loses
        half of its weight in ``log(0.5) / log(1 - learning_floor)`` blocks, 69 of 0.01.

    Attributes
    ----------
    weights_ : ndarray of shape (K,)
    means_ : ndarray of shape (K, D)
    covariances_ : ndarray
        Full ``(K, D, D)``, tied ``(D, D)``, diag ``(K, D)``, spherical ``(K,)``.
    precisions_ : ndarray
        Their inverses, in the same shape.
    precisions_cholesky_ : ndarray
        Upper triangular U with ``precision = U @ U.T``, or square roots of precisions.
    converged_ : bool
    n_iter_ : int
        Number of iterations of the best start; of mini-batches the passes over the rows that they
        have begun; of `partial_fit` the blocks.
    lower_bound_ : float
        Mean log likelihood before the last M-step, in nats per sample; with a `prior` the
        penalised one.
    lower_bounds_ : list of float
        The lower bound of each iteration; of mini-batches that of the rows put aside at each look
        at them, and the last of all rows; of `partial_fit` the last alone.
    n_samples_seen_ : int or float
        After `partial_fit`: the number of all rows, or the sum of their weights.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X had names for its columns.

    Raises
    ------
    ValueError
        From `fit`: a parameter, X or a start is not as described; the message says which.

    Notes
    -----
    Components that collapse never end a fit. One that holds no row is moved, once, to the
    row that the mixture explains worst; a singular covariance is raised by a floor of
    1e-10 of the features' variances (of float32 rows by more). Either gives one
    `DegenerateComponentWarning`.

    float32 data are computed with in float32 and summed in float64; the attributes are
    then float32.

    Examples
    --------
    >>> from fastgmm import GaussianMixture
    >>> from fastgmm.datasets import load_faithful
    >>> X = load_faithful()
    >>> gm = GaussianMixture(2, random_state=0, tol=1e-9).fit(X)
    >>> round(gm.score(X) * len(X), 3)
    -1130.264
    >>> gm.predict([[2.0, 55.0], [4.5, 80.0]]) == gm.predict([[1.8, 50.0], [4.2, 79.0]])
    array([ True,  True])
    """

    _parameter_constraints = FittingMixture._parameter_constraints | {
        "covariance_type": [StrOptions(set(TYPES))],
        "weights_init": ["array-like", None],
        "means_init": ["array-like", None],
        "precisions_init": ["array-like", None],
        "covariances_init": ["array-like", None],
        "fixed": [str, list, tuple, set, frozenset],
        "assignment": [StrOptions({"soft", "hard"})],
        "acceleration": [StrOptions(set(ACCELERATIONS))],
        "callback": [callable, None],
        "prior": [Prior, None],
        "missing": [StrOptions({"refuse", "allow"})],
        **OnlineMixin._online_constraints,
    }

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: Covariances = "full",
        tol: float = 0.001,
        reg_covar: float = 1e-06,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: InitParams = "kmeans",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: RandomState = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        covariances_init: ArrayLike | None = None,
        fixed: Fixed = (),
        assignment: Assignment = "soft",
        acceleration: Acceleration = "none",
        callback: Callable[[EMState], object] | None = None,
        prior: Prior | None = None,
        missing: Missing = "refuse",
        algorithm: Algorithm = "em",
        batch_size: int | None = None,
        learning_decay: float = 0.6,
        learning_offset: float = 0.0,
        learning_floor: float = 0.0,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.covariances_init = covariances_init
        self.fixed = fixed
        self.assignment = assignment
        self.acceleration = acceleration
        self.callback = callback
        self.prior = prior
        self.missing = missing
        self.algorithm = algorithm
        self.batch_size = batch_size
        self.learning_decay = learning_decay
        self.learning_offset = learning_offset
        self.learning_floor = learning_floor

    @all_or_nothing
    def fit_labeled(self, X: Data, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit with rows whose components are known.

        With every label known this is the supervised maximum likelihood estimate, in closed
        form: the weighted share, mean and covariance (plus `reg_covar`) of each component's
        rows. Rows with ``y = -1`` are unknown: EM estimates their components and leaves the
        others'. Only then may a component have no labelled row. Where values are missing, EM is
        needed also with every label known.

        Parameters
        ----------
        X : array-like of shape (N, D), float
        y : array-like of shape (N,), int
            Components from 0 to ``n_components - 1``; -1 where unknown.
        sample_weight : array-like of shape (N,), default=None

        Returns
        -------
        GaussianMixture
            Itself. ``lower_bound_`` is the mean of the known rows' log joint density and
            the unknown rows' log density.

        Examples
        --------
        >>> import numpy as np
        >>> from fastgmm import GaussianMixture
        >>> X = np.array([[0.0], [2.0], [10.0], [14.0]])
        >>> GaussianMixture(2).fit_labeled(X, [0, 0, 1, 1]).means_.ravel()
        array([ 1., 12.])
        """
        X, sample_weight = self._check_rows(X, sample_weight)
        labels = checks.check_labels(y, len(X), self.n_components)
        given = self._given_start(X.shape[1])
        source = self._source(X, sample_weight, labels)
        options = self._step_options(source, given)
        known = source.labelled()
        if known.weight == 0:
            raise ValueError("sample_weight is zero for every row of known label")
        named = np.unique(labels[labels >= 0])
        if "weights" in options.fixed and not given["weights"][named].all():
            raise ValueError("weights_init, which is fixed, has a zero for a component in y")
        starts = self._starts(source, given, "labels", options)
        some_unknown = (labels == -1).any()
        if some_unknown or not source.complete:
            weighed = np.unique(labels[known.sample_weight > 0])
            all_named = len(weighed) == self.n_components  # then starts are all the same
            if not some_unknown:
                checks.check_none_empty(~np.isin(np.arange(self.n_components), weighed), labels)
            self._fit_starts([next(starts)] if all_named else starts, source, options)
        else:
            run = next(starts)
            _, step = estimate(source, run.mixture, options, mode="hard")
            checks.check_none_empty(step.empty, labels)
            run = EMRun(step.mixture, floored=step.floored_components)
            moments = self._covariance.moments
            stats = source.statistics(run.mixture, moments, second=False)
            log_prior = options.log_prior(run.mixture)
            run.lower_bound = (stats.log_likelihood + log_prior) / stats.weight
            run.lower_bounds.append(run.lower_bound)
            run.converged = True
            self._adopt(run, options, X.dtype)
            self._warn(run)
        return self

    def _given_start(self, n_features):
        k = self.n_components
        given = {}
        if self.weights_init is not None:
            given["weights"] = checks.check_weights(self.weights_init, k)
        if self.means_init is not None:
            given["means"] = checks.check_means(self.means_init, k, n_features)
        spread = (self.covariance_type, k, n_features)
        if self.precisions_init is not None:
            if self.covariances_init is not None:
                raise ValueError("Give precisions_init or covariances_init, not both")
            given["covariances"] = checks.check_precisions(self.precisions_init, *spread)
        elif self.covariances_init is not None:
            given["covariances"] = checks.check_covariances(self.covariances_init, *spread)
        return given

    def _step_options(self, source, given):
        fixed = checks.check_fixed(self.fixed, given)
        if self.prior is None:
            return MStepOptions(self._covariance, self.reg_covar, fixed)
        shape = self.n_components, source.n_features
        prior = checked_prior(self.prior, self._covariance, *shape)
        return MapOptions(self._covariance, self.reg_covar, fixed, prior)

    def _last_run(self, mixture, given, options):
        held = {name: given[name] for name in options.fixed}
        return EMRun(replaced(mixture, held))

    def _how(self):
        how = {"mode": self.assignment, "acceleration": self.acceleration}
        return how | {"callback": self._report if self.verbose or self.callback else None}

    def _report(self, state):
        """Print the progress and ask the callback whether to stop."""
        if self.verbose:
            self._print_progress(state)
        if self.callback is None:
            return False
        return self.callback(state._replace(mixture=frozen(state.mixture)))
