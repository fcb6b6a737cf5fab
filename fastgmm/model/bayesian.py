"""`BayesianGaussianMixture`: scikit-learn's contract over the fast passes and variational EM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..covariances import SKLEARNS
from ..em.loop import EMRun
from ..em.variational import Prior, VariationalOptions, expected_mixture, moments_of_all
from . import checks
from .fitting import FittingMixture
from .parameters import BESIDE_MEANS, expected_density_mixture, posterior_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import Float64s, Floats, InitParams, RandomState, SklearnsCovariances


PRIOR_TYPES = ("dirichlet_process", "dirichlet_distribution")
# Their inverses are finite, and so is the logarithm of gamma, and its derivative.
POSITIVE = checks.RealNumber(1e-300, 1e100, closed="left")


class BayesianGaussianMixture(FittingMixture):
    """Gaussian mixture by variational EM, with the contract of scikit-learn's class of the name.

    Weights, means and precisions have a distribution each, of which EM finds the parameters.
    Components that the rows do not ask for come to have weights near zero. The rows are read once
    an iteration, in blocks: extra memory does not grow with their number, and the result is bitwise
    the same for any number of threads.

    Parameters
    ----------
    n_components : int, default=1
        Largest number of components K.
    covariance_type : {"full", "tied", "diag", "spherical"}, default="full"
        Each component has its own full covariance; all share one; each has its own
        variances; each has one variance.
    tol : float, default=1e-3
        EM stops when the lower bound changes by less than this, in nats: of all rows together.
    reg_covar : float, default=1e-6
        Added to the variances of the rows of each component, in squared units of the data.
    max_iter : int, default=100
        Largest number of EM iterations; 0 leaves the start.
    n_init : int, default=1
        Number of starts; the fit of the largest lower bound is kept.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}, default="kmeans"
        The rows' first assignment: to the nearest k-means centre; k-means++ centre;
        by random responsibilities; to the nearest of randomly drawn rows.
    weight_concentration_prior_type : {"dirichlet_process", "dirichlet_distribution"}, default=\
"dirichlet_process"
        Of the weights. Of a Dirichlet process they are broken off a stick, one after the other,
        K at most.
    weight_concentration_prior : float, default=None
        The smaller, the fewer components have rows. None: 1 / K.
    mean_precision_prior : float, default=None
        Number of rows for which the prior of a mean counts. None: 1.
    mean_prior : array-like of shape (D,), default=None
        None: the mean of the rows.
    degrees_of_freedom_prior : float, default=None
        Of the Wishart distribution of a precision: above D - 1. None: D.
    covariance_prior : float or array-like, default=None
        The inverse of that distribution's scale: full and tied (D, D), diag (D,), spherical a
        number. None: the covariance of the rows, their variances, the mean of these.
    random_state : int, RandomState instance or None, default=None
        For the starts, and for `sample`.
    warm_start : bool, default=False
        Go on from the last fit, if there is one: of as many features and components, and of
        the same types.
    verbose : int, default=0
        Print the progress: 1 the iterations, 2 also the lower bound. While code is compiled for
        longer than a second, a terminal or notebook gets one line; of a fit with False, none.
    verbose_interval : int, default=10
        Iterations between two prints.

    Attributes
    ----------
    weights_ : ndarray of shape (K,)
        Expected weights.
    means_ : ndarray of shape (K, D)
        Expected means.
    covariances_ : ndarray
        Inverses of the expected precisions: full ``(K, D, D)``, tied ``(D, D)``, diag
        ``(K, D)``, spherical ``(K,)``.
    precisions_ : ndarray
        Their inverses, in the same shape.
    precisions_cholesky_ : ndarray
        Upper triangular U with ``precision = U @ U.T``, or square roots of precisions.
    weight_concentration_ : tuple of two ndarrays of shape (K,), or ndarray of shape (K,)
        Of the beta distributions of a Dirichlet process' sticks, or of a Dirichlet distribution.
    mean_precision_ : ndarray of shape (K,)
        Number of rows for which each mean counts.
    degrees_of_freedom_ : ndarray of shape (K,), or float
        Of the Wishart distributions; of a tied covariance one.
    weight_concentration_prior_, mean_precision_prior_, degrees_of_freedom_prior_ : float
        What the priors of these names were.
    mean_prior_ : ndarray of shape (D,)
    covariance_prior_ : float or ndarray
    converged_ : bool
    n_iter_ : int
        Number of iterations of the best start.
    lower_bound_ : float
        Of the log evidence of all rows, in nats, less constants, as in scikit-learn.
    lower_bounds_ : list of float
        The lower bound of each iteration.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X had names for its columns.

    Raises
    ------
    ValueError
        From `fit`: a parameter, X or a prior is not as described; the message says which.

    Notes
    -----
    `score_samples`, `predict_proba` and `predict` are of the expected log densities, as in
    scikit-learn: less than the log density of ``mixture_``, which has the expected parameters and
    is what `sample` draws from.

    Sample weights count rows here: the prior counts for a fixed number of them.

    float32 data are computed with in float64, a block at a time: the lower bound is a sum over all
    rows. Parameters are then float32; ``weight_concentration_``, ``mean_precision_`` and
    ``degrees_of_freedom_`` are float64 always.

    Differences from scikit-learn: k-means, k-means++ and random rows assign every row to a
    component (scikit-learn's "k-means++" and "random_from_data" leave all but K rows out); a
    covariance that is singular is raised to a floor, and one `DegenerateComponentWarning` says so,
    where scikit-learn gives up; the lower bound of tied covariances is a number.

    References
    ----------
    Bishop, *Pattern Recognition and Machine Learning* (2006), section 10.2. Blei and Jordan,
    "Variational inference for Dirichlet process mixtures", Bayesian Analysis 1 (2006).

    Examples
    --------
    >>> from fastgmm import BayesianGaussianMixture
    >>> from fastgmm.datasets import load_faithful
    >>> X = load_faithful()
    >>> bgm = BayesianGaussianMixture(n_components=6, random_state=0, max_iter=1000).fit(X)
    >>> int((bgm.weights_ > 0.01).sum())
    2
    """

    weight_concentration_: tuple[Float64s, Float64s] | Float64s
    mean_precision_: Float64s
    degrees_of_freedom_: Float64s | float
    weight_concentration_prior_: float
    mean_precision_prior_: float
    mean_prior_: Floats
    degrees_of_freedom_prior_: float
    covariance_prior_: Floats | float

    _counterpart = "BayesianGaussianMixture"
    _array_parameters = ("mean_prior", "covariance_prior")
    _more_attributes = (
        "weight_concentration_",
        "mean_precision_",
        "degrees_of_freedom_",
        "weight_concentration_prior_",
        "mean_precision_prior_",
        "mean_prior_",
        "degrees_of_freedom_prior_",
        "covariance_prior_",
    )

    _PARAMETER_NAMES = (
        *("weight_concentration_", "mean_precision_", "means_"),
        *("degrees_of_freedom_", "covariances_", "precisions_cholesky_"),
    )

    _parameter_constraints = FittingMixture._parameter_constraints | {
        "covariance_type": [StrOptions(set(SKLEARNS))],
        "weight_concentration_prior_type": [StrOptions(set(PRIOR_TYPES))],
        "weight_concentration_prior": [None, POSITIVE],
        "mean_precision_prior": [None, POSITIVE],
        "mean_prior": [None, "array-like"],
        "degrees_of_freedom_prior": [None, POSITIVE],
        "covariance_prior": [None, "array-like", POSITIVE],
    }

    def __init__(
        self,
        *,
        n_components: int = 1,
        covariance_type: SklearnsCovariances = "full",
        tol: float = 0.001,
        reg_covar: float = 1e-06,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: InitParams = "kmeans",
        weight_concentration_prior_type: Literal[
            "dirichlet_process", "dirichlet_distribution"
        ] = "dirichlet_process",
        weight_concentration_prior: float | None = None,
        mean_precision_prior: float | None = None,
        mean_prior: ArrayLike | None = None,
        degrees_of_freedom_prior: float | None = None,
        covariance_prior: ArrayLike | None = None,
        random_state: RandomState = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weight_concentration_prior_type = weight_concentration_prior_type
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.mean_prior = mean_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    def _scoring_mixture(self):
        return expected_density_mixture(self)

    def _estimate_log_prob(self, X, xp=None):
        found = super()._estimate_log_prob(X)
        with np.errstate(over="ignore"):  # of float32
            found += posterior_of(self).log_constants(np.shape(self.means_)[1])
        return found

    def _estimate_log_weights(self, xp=None):
        return posterior_of(self).log_weights()

    def _set_parameters(self, params, xp=None):
        super()._set_parameters(params)
        self.weights_ = posterior_of(self).weights().astype(np.asarray(self.means_).dtype)

    def _source(self, X, sample_weight, labels=None):
        return self._source_of(X, sample_weight, labels, np.float64)

    def _step_options(self, source, given):
        prior, dtype = self._prior(source), source.rows_dtype
        return VariationalOptions(self._covariance, self.reg_covar, prior, dtype)

    def _last_run(self, mixture, given, options):
        posterior = posterior_of(self)
        return EMRun(expected_mixture(*mixture[1:4], posterior), posterior=posterior)

    def _prior(self, source):
        """Return the Prior for the rows of a source, or raise ValueError."""
        d = source.n_features
        freedom = self.degrees_of_freedom_prior
        if freedom is not None and not freedom > d - 1.0:
            raise ValueError(
                "The parameter 'degrees_of_freedom_prior' should be greater than "
                f"{d - 1}, but got {freedom:.3f}."
            )
        mean = checks.check_mean_prior(self.mean_prior, d)
        covariance = checks.check_covariance_prior(self.covariance_prior, self.covariance_type, d)
        if mean is None or covariance is None:
            found = moments_of_all(source, self._covariance)
            mean = found[0] if mean is None else mean
            covariance = found[1] if covariance is None else covariance
        return Prior(
            self.weight_concentration_prior_type == "dirichlet_process",
            _given(self.weight_concentration_prior, 1.0 / self.n_components),
            _given(self.mean_precision_prior, 1.0),
            mean,
            _given(freedom, d),
            covariance,
        )

    def _adopt(self, run, options, dtype):
        super()._adopt(run, options, dtype)
        self._set_posterior(*run.posterior)
        self._set_prior(options.prior)

    def _set_posterior(self, weight_concentration, mean_precision, degrees_of_freedom):
        """Set the attributes of a posterior, as scikit-learn has them: copies."""
        concentration = np.array(weight_concentration)
        self.weight_concentration_ = (
            concentration if concentration.ndim == 1 else tuple(concentration)
        )
        self.mean_precision_ = np.array(mean_precision)
        shared = self._covariance.shared
        freedom = np.array(degrees_of_freedom)
        self.degrees_of_freedom_ = np.float64(freedom.item()) if shared else freedom

    def _check_more(self, values):
        """Return the Prior in `values`, checked."""
        missing = [name for name in self._more_attributes if values.get(name) is None]
        if missing:
            raise ValueError(f"model must be a fitted {self._counterpart}: no {', '.join(missing)}")
        d = np.shape(self.means_)[1]
        concentration, precision, freedom = (
            checks.check_positive(values[f"{name}_prior_"], f"{name}_prior_")
            for name in ("weight_concentration", "mean_precision", "degrees_of_freedom")
        )
        mean = checks.check_mean_prior(values["mean_prior_"], d)
        covariance = values["covariance_prior_"], self.covariance_type, d
        covariance = checks.check_covariance_prior(*covariance, definite=False)
        process = self.weight_concentration_prior_type == "dirichlet_process"
        return Prior(process, concentration, precision, mean, freedom, covariance)

    def _set_more(self, values):
        prior = self._check_more(values)
        self._set_posterior(*(values[name] for name in BESIDE_MEANS))
        posterior_of(self)  # checks it
        self._set_prior(prior)

    def _set_prior(self, prior):
        """Set the attributes of a prior, as scikit-learn has them: copies."""
        self.weight_concentration_prior_ = prior.weight_concentration
        self.mean_precision_prior_ = prior.mean_precision
        self.mean_prior_ = np.array(prior.mean)
        self.degrees_of_freedom_prior_ = prior.degrees_of_freedom
        covariance = np.array(prior.covariance[0])
        spherical = self.covariance_type == "spherical"
        self.covariance_prior_ = covariance.item() if spherical else covariance


def _given(value, default):
    return default if value is None else value
