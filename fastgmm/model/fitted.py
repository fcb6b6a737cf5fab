"""What a fitted mixture does: predict, score and sample."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, cast, overload

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import UNUSED

from _fastcache.notice import silence

from ..display import parameters_html
from ..passes.threads import single_threaded_blas
from ..rows.opening import files_of
from ..rows.table import Rows
from ..rows.writing import check_written, open_table
from .checks import check_whole
from .conversion import ConversionMixin
from .data import checked_rows, source_of
from .parameters import density_mixture, sampled_parameters, stored_mixture
from .totals import found_of, log_likelihood

if TYPE_CHECKING:
    import numpy.typing as npt
    from numpy.typing import ArrayLike

    from .._typing import Floats, Labels, RandomState
    from .._typing import Path as PathLike
    from ..rows import Data
    from ..simd.compiled import Function


# What a file of labels, responsibilities or scores calls its columns.
COLUMNS = {"labels": "component", "resp": "component", "scores": "log_density"}


def all_or_nothing(fit: Function) -> Function:
    """Give a fit that fails before its first iteration the attributes back that there were.

    And nothing is printed of what is compiled, if ``verbose`` is False.
    """

    @wraps(fit)
    def wrapper(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            with silence() if self.verbose is False else nullcontext():
                return fit(self, *args, **kwargs)
        except BaseException:
            if vars(self).get("means_") is before.get("means_"):
                vars(self).clear()
                vars(self).update(before)
            raise

    return cast("Function", wrapper)


@cache
def _param_names(cls):
    return tuple(super(FittedMixture, cls)._get_param_names())


class FittedMixture(ConversionMixin):
    """The methods of mixtures that need a fit."""

    random_state: RandomState

    # A file to write is no metadata of rows, which scikit-learn would route.
    __metadata_request__predict = {"out": UNUSED}
    __metadata_request__predict_proba = {"out": UNUSED}

    def _scoring_mixture(self):
        """Return the Mixture by which rows are scored."""
        return density_mixture(self)

    @classmethod
    def _get_param_names(cls):
        """Do what scikit-learn does, but read a signature once: that takes longer than a pass."""
        return list(_param_names(cls))

    def __dir__(self):
        """Return the names of attributes, those that are not available left out if that is known.

        scikit-learn tries them all, and a property raises where a parameter is no valid one.
        """
        try:
            return super().__dir__()
        except Exception:
            return sorted(object.__dir__(self))

    def _repr_html_inner(self):
        """Return scikit-learn's diagram, and below it a table of what was fitted."""
        return super()._repr_html_inner() + self._fitted_html()

    def _repr_mimebundle_(self, **kwargs):
        """Return what notebooks show: as `_repr_html_inner` where it is a diagram."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] += self._fitted_html()
        return bundle

    def _fitted_html(self):
        """Return the table of weights and means, or nothing where there are none to be shown."""
        try:
            weights, means, covariances, _, _ = stored_mixture(self)
        except (ValueError, TypeError):  # not fitted, or set to what is no mixture
            return ""
        converged = "" if getattr(self, "converged_", True) else "; EM has not converged"
        names = getattr(self, "feature_names_in_", None)
        caption = f"Fitted: weights, means ± standard deviations{converged}"
        return parameters_html(weights, means, covariances, names, caption)

    def _allows_missing(self):
        """Whether NaN in the rows stands for a missing value: see `GaussianMixture`."""
        return getattr(self, "missing", "refuse") == "allow"

    def _checked_rows(self, X, sample_weight, **how):
        """Return checked rows and weights: see `checked_rows`."""
        return checked_rows(self, X, sample_weight, **how)

    def _source_of(self, X, sample_weight=None, labels=None, dtype=None, allow=None):
        """Return the source of checked rows; `allow`: see `_checked`."""
        allow = self._allows_missing() if allow is None else allow
        return source_of(X, sample_weight, labels, dtype, allow_missing=allow)

    def _checked(self, X, sample_weight=None, allow=None):
        """Check rows to score against the fitted mixture; return their source and a Mixture.

        `allow`: whether values may be missing, by default what the estimator says.
        """
        mixture = self._scoring_mixture()
        allow = self._allows_missing() if allow is None else allow
        X, sample_weight = self._checked_rows(X, sample_weight, reset=False, allow_missing=allow)
        if X.shape[1] != mixture.means.shape[1]:  # which may be set, where nothing was fitted
            raise ValueError(f"X has {X.shape[1]} features, but means_ {mixture.means.shape[1]}")
        dtype = np.result_type(X.dtype, mixture.means.dtype)
        return self._source_of(X, sample_weight, dtype=dtype, allow=allow), mixture

    def _found(self, source, mixture, name):
        """Return "labels" (N,), "resp" (N, K) or "scores" (N,) of all rows of a source."""
        return found_of(source, mixture, self._covariance.moments, name)

    def _summed(self, function, source, mixture):
        """Return a function of `totals` of a source."""
        return function(source, mixture, self._covariance.moments)

    def _found_of(self, X, name, out):
        """Do `_found` of rows that are checked; or write a file as it is found, and return it."""
        if out is None:
            return self._found(*self._checked(X), name)
        check_written(out, X.files if isinstance(X, Rows) else files_of(X))
        source, mixture = self._checked(X)
        one, n_components = COLUMNS[name], len(mixture.means)
        names = [one] if name != "resp" else [f"{one}_{k}" for k in range(n_components)]
        dtype = np.int64 if name == "labels" else source.result_dtype
        with open_table(out, names, source.n_rows, dtype, column=name != "resp") as table:
            for _, found in source.scored(mixture, self._covariance.moments, [name]):
                table.write(found[name])
        return Path(out)

    @overload
    def predict(self, X: Data, out: None = None) -> Labels: ...

    @overload
    def predict(self, X: Data, out: PathLike) -> Path: ...

    def predict(self, X: Data, out: PathLike | None = None) -> Labels | Path:
        """Return the most likely component of each row of X (N, D): int64 (N,).

        Parameters
        ----------
        X : array-like of shape (N, D), float; Rows, or what `open_rows` takes
        out : str or path-like, default=None
            A file, ``.npy``, ``.csv`` or ``.parquet``, that is written as the components are
            found; its path is returned then.
        """
        return self._found_of(X, "labels", out)

    @overload
    def predict_proba(self, X: Data, out: None = None) -> Floats: ...

    @overload
    def predict_proba(self, X: Data, out: PathLike) -> Path: ...

    def predict_proba(self, X: Data, out: PathLike | None = None) -> Floats | Path:
        """Return the posterior probability of each component: (N, K), rows sum to one.

        For X and `out` see `predict`.
        """
        return self._found_of(X, "resp", out)

    @overload
    def score_samples(self, X: Data, out: None = None) -> Floats: ...

    @overload
    def score_samples(self, X: Data, out: PathLike) -> Path: ...

    def score_samples(self, X: Data, out: PathLike | None = None) -> Floats | Path:
        """Return the log density of each row of X (N, D), in nats: (N,).

        Of a row so far out that the dtype has no such number, it is the lowest finite one. For X
        and `out` see `predict`.
        """
        return self._found_of(X, "scores", out)

    def score(self, X: Data, y: object = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the (weighted) mean log density of the rows of X (N, D), in nats per sample."""
        total, n_rows = self._total(X, sample_weight)
        return total / n_rows

    def _total(self, X, sample_weight):
        """Return the log-likelihood of the (weighted) rows, and their number (sum of weights)."""
        source, mixture = self._checked(X, sample_weight)
        return self._summed(log_likelihood, source, mixture), source.weight

    def sample(self, n_samples: int = 1) -> tuple[Floats, npt.NDArray[np.int_]]:
        """Draw rows from the fitted mixture: of ``covariances_``, as scikit-learn does.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.

        Returns
        -------
        X : ndarray of shape (n_samples, D)
            In the order of their components, as in scikit-learn.
        y : ndarray of shape (n_samples,), int64
            The components.
        """
        weights, means, roots, dtype = sampled_parameters(self)
        n_samples = check_whole(n_samples, "n_samples")
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        random_state = check_random_state(self.random_state)
        counts = random_state.multinomial(n_samples, weights / weights.sum())
        generator = np.random.Generator(np.random.PCG64(random_state.randint(2**31)))
        X = np.empty((n_samples, means.shape[1]), dtype=dtype)
        start = 0
        with single_threaded_blas():  # the same rows for any number of threads
            for k in np.flatnonzero(counts):
                normal = generator.standard_normal((counts[k], means.shape[1]))
                root = roots[k % len(roots)]
                normal = normal @ root.T if roots.ndim == 3 else normal * root
                X[start : start + counts[k]] = normal + means[k]
                start += counts[k]
        return X, np.repeat(np.arange(len(counts)), counts)
