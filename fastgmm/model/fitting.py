"""`FittingMixture`: how mixtures are fitted, whatever is estimated of the rows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions

from ..em.loop import EMRun, run_em
from ..em.start import initial_mixture
from ..mixture import as_dtype, assemble, check_held
from ..passes.threads import single_threaded_blas
from . import checks
from .fitted import FittedMixture, all_or_nothing
from .sklearn_names import SklearnNames

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import InitParams, Labels
    from ..rows import Data


class DegenerateComponentWarning(UserWarning):
    """A component collapsed during a fit; the fit went on and says what it did."""


def _best(runs):
    return max(runs, key=lambda run: run.lower_bound)


def replaced(mixture, given):
    """Return `mixture` (None where all is given) with the parameters of ``{name: parameter}``."""
    own = {}
    if mixture is not None:
        own = {"weights": mixture.weights, "means": mixture.means, "covariances": mixture[2:4]}
    parameters = own | given
    return assemble(parameters["weights"], parameters["means"], *parameters["covariances"])


class FittingMixture(SklearnNames, FittedMixture, DensityMixin, BaseEstimator):
    """`fit` and `fit_predict` of an estimator that says what one step of it is."""

    n_components: int
    tol: float
    reg_covar: float
    max_iter: int
    n_init: int
    init_params: InitParams
    warm_start: bool
    verbose: int
    verbose_interval: int

    # Of the constructor's parameters, those that all mixtures have.
    _parameter_constraints: dict[str, Any] = {
        "n_components": [checks.WholeNumber(1)],
        "tol": [checks.RealNumber(0.0, None, closed="left")],
        "reg_covar": [checks.RealNumber(0.0, 1e300, closed="both")],
        "max_iter": [checks.WholeNumber(0)],
        "n_init": [checks.WholeNumber(1)],
        "init_params": [StrOptions({"kmeans", "random", "random_from_data", "k-means++"})],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "verbose_interval": [checks.WholeNumber(1)],
    }

    def _step_options(self, source, given):
        """Return what `run_em` takes for options, or raise ValueError."""
        raise NotImplementedError

    def _last_run(self, mixture, given, options):
        """Return an EMRun at the `mixture` of the last fit."""
        raise NotImplementedError

    def _given_start(self, n_features):
        """Check the given start; return ``{name: parameter}``."""
        return {}

    def _how(self):
        """Return other arguments of `run_em`, by name."""
        return {"callback": self._print_progress if self.verbose else None}

    def _run(self, run, source, options):
        """Fit from the start of an EMRun, and record it there."""
        run_em(run, source, options, tol=self.tol, max_iter=self.max_iter, **self._how())

    def _source_of_start(self, source, random_state):
        """Return the source of the rows by which a start is found."""
        return source

    def _source(self, X, sample_weight, labels=None):
        """Return the source of checked rows for a fit."""
        source = self._source_of(X, sample_weight, labels)
        checks.check_known(source)
        return source if source.complete else source.or_complete()

    def fit(self, X: Data, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Estimate the parameters by EM.

        Parameters
        ----------
        X : array-like of shape (N, D), float; Rows, or what `open_rows` takes
            The rows. float32 stays float32; strided arrays and memory maps are not copied. Of
            files, data sets and the like as much is in memory as a pass looks at.
        y : None
            Ignored, as in scikit-learn.
        sample_weight : array-like of shape (N,), default=None
            Non-negative weights. An integer weight is the same as repeating the row.

        Returns
        -------
        GaussianMixture or BayesianGaussianMixture
            Itself.

        Raises
        ------
        ValueError
            A parameter of the constructor, X or the weights are not as described.
        TypeError
            X can be read but once; or a subclass has an E- or M-step of its own.

        Warns
        -----
        DegenerateComponentWarning, ConvergenceWarning
            Components collapsed; the best start did not converge.
        """
        self._fit(X, sample_weight)
        return self

    def fit_predict(
        self, X: Data, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Labels:
        """Do `fit`, and return the most likely component of each row, int64 (N,)."""
        X = self._fit(X, sample_weight)
        mixture = self._scoring_mixture()
        source = self._source_of(X, dtype=np.result_type(X.dtype, mixture.means.dtype))
        return self._found(source, mixture, "labels")

    @all_or_nothing
    def _fit(self, X, sample_weight):
        """Fit to checked rows from all starts; return them for what comes after."""
        names = vars(self).get("feature_names_in_")  # of the last fit
        X, sample_weight = self._check_rows(X, sample_weight)
        given = self._given_start(X.shape[1])
        source = self._source(X, sample_weight)
        options = self._step_options(source, given)
        if self.warm_start and hasattr(self, "converged_"):
            mixture = self._scoring_mixture()
            checks.check_warm_start(mixture, self, X.shape[1], names)
            run = self._last_run(as_dtype(mixture, np.float64), given, options)
            run.lower_bound, run.fitted = getattr(self, "lower_bound_", -np.inf), True
            self._fit_starts([run], source, options)
        else:
            starts = self._starts(source, given, self.init_params, options)
            self._fit_starts(starts, source, options)
        return X

    def _check_rows(self, X, sample_weight):
        """Validate the parameters and the rows; return X (N, D) and weights (N,) or None."""
        self._validate_params()
        self._check_overridden()
        how = {"reset": True, "at_least": 2, "allow_missing": self._allows_missing()}
        X, sample_weight = self._checked_rows(X, sample_weight, **how)
        if len(X) < self.n_components:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {len(X)}"
            )
        return X, sample_weight

    def _starts(self, source, given, method, options):
        """Yield an EMRun at each start, one after the other: they draw from one generator."""
        random_state = check_random_state(self.random_state)
        for init in range(self.n_init):
            yield self._start(init, source, given, method, options, random_state)

    def _start(self, init, source, given, method, options, random_state):
        """Return an EMRun at its start: the first assignment's M-step, and what is given."""
        if self.verbose:
            print(f"Initialization {init}")
        if len(given) == 3:
            run = EMRun(None)
        else:
            rows = self._source_of_start(source, random_state)
            run = initial_mixture(rows, self.n_components, options, method, random_state)
        run.init = init
        if given:
            run.mixture = replaced(run.mixture, given)
        check_held(run.mixture, source.rows_dtype)
        return run

    def _fit_starts(self, starts, source, options):
        """Run EM from each start and adopt the best, or, interrupted, the best so far."""
        with single_threaded_blas():  # once for all passes
            best = self._best_of(starts, source, options)
        self._adopt(best, options, source.rows_dtype)
        self._warn(best)

    def _best_of(self, starts, source, options):
        """Run EM from each start and return the best run; adopt it if there is no end to them."""
        runs = []
        try:
            for run in starts:
                runs.append(run)
                self._run(run, source, options)
                if self.verbose:
                    state = "converged" if run.converged else "did not converge"
                    print(f"Initialization {state}. Lower bound {run.lower_bound:.5f}")
                if run.stopped:
                    break
        except BaseException:  # an interrupt, above all: no finished iteration is lost
            runs = [run for run in runs if run.lower_bounds]
            if runs:
                self._adopt(_best(runs), options, source.rows_dtype)
            raise
        return _best(runs)

    def _print_progress(self, state):
        """Print how far a run has come, an EMState, at every so many iterations."""
        if state.iteration % self.verbose_interval == 0:
            bound = f"\t lower bound {state.lower_bound:.5f}" if self.verbose > 1 else ""
            print(f"  Iteration {state.iteration}{bound}")

    def _adopt(self, run, options, dtype):
        """Set the fitted attributes from `run`."""
        self._set_mixture(as_dtype(run.mixture, dtype))
        self.converged_ = run.converged
        self.n_iter_ = len(run.lower_bounds) if run.n_iter is None else run.n_iter
        self.lower_bound_ = run.lower_bound
        self.lower_bounds_ = list(run.lower_bounds)

    def _warn(self, run, stacklevel=6):
        """Warn once of components that needed help, and once if EM did not converge."""
        helped = []
        if run.reseeded:
            helped.append(
                f"components {sorted(run.reseeded)} came to hold no row and were moved to the "
                "worst explained rows"
            )
        if run.floored:
            helped.append(
                f"covariances {sorted(run.floored)} became singular and were raised to a floor"
            )
        if helped:
            warnings.warn(
                f"Degenerate mixture: {'; '.join(helped)}. Use fewer components, a larger "
                "reg_covar, or drop constant and duplicate features.",
                DegenerateComponentWarning,
                stacklevel=stacklevel,
            )
        if run.blurred:
            warnings.warn(
                "The start is so far from some rows that rounding decided which component they "
                "belong to: start among the rows, by means_init (or means_ for a warm start)",
                ConvergenceWarning,
                stacklevel=stacklevel,
            )
        if not (run.converged or run.stopped) and self.max_iter > 0:
            warnings.warn(
                "Best performing initialization did not converge. Try different init parameters, "
                "or increase max_iter, tol, or check for degenerate data.",
                ConvergenceWarning,
                stacklevel=stacklevel,
            )
