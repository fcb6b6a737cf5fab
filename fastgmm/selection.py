"""Choose the number of components and the covariance type by an information criterion."""

from __future__ import annotations

import difflib
import inspect
import math
import numbers
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Unpack

from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import _num_samples

from .covariances import COVARIANCE_TYPES
from .display import aligned, html_table
from .model.checks import check_kind, check_sample_weight
from .model.criteria import check_counted
from .model.estimator import GaussianMixture
from .model.totals import entropy
from .passes.threads import at_most, get_num_threads
from .rows import Rows, as_rows

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike

    from ._typing import Covariances, Criterion, RandomState
    from .model.keywords import ForSelection
    from .rows import Data


CRITERIA = ("bic", "aic", "icl")
_OF_A_FIT = "Best performing initialization did not converge"  # of which there is one for all


class Candidate(NamedTuple):
    """One fitted model of a `Selection` and its criteria: smaller is better.

    Attributes
    ----------
    n_components : int
        Number of components.
    covariance_type : str
        ``"full"``, ``"tied"``, ``"diag"``, ``"spherical"`` or ``"VEI"``.
    log_likelihood : float
        Log-likelihood of all rows, in nats.
    n_parameters : int
        Number of free parameters.
    bic, aic, icl : float
        Bayesian, Akaike's and integrated-completed-likelihood criteria, in nats times two.
    converged : bool
        Whether the best start converged.
    n_iter : int
        Number of EM iterations of the best start.
    """

    n_components: int
    covariance_type: Covariances
    log_likelihood: float
    n_parameters: int
    bic: float
    aic: float
    icl: float
    converged: bool
    n_iter: int


@dataclass(frozen=True)
class Selection:
    """The result of `select`, shown as a table of all models with the best one marked.

    Attributes
    ----------
    rows : tuple of Candidate
        Every model fitted, by covariance type and number of components.
    criterion : str
        The criterion that chose: ``"bic"``, ``"aic"`` or ``"icl"``.
    best : Candidate
        The row with the smallest criterion; the first of them, should several tie.
    best_estimator : GaussianMixture
        The fitted model of that row.
    """

    rows: tuple[Candidate, ...]
    criterion: Criterion
    best: Candidate
    best_estimator: GaussianMixture

    def __str__(self) -> str:
        # Narrower than 80 columns, as terminals are.
        table = [("components", "covariance", "log L", "p", "BIC", "AIC", "ICL", "iterations")]
        table += [
            (
                str(row.n_components), row.covariance_type, f"{row.log_likelihood:.2f}",
                str(row.n_parameters), f"{row.bic:.2f}", f"{row.aic:.2f}", f"{row.icl:.2f}",
                str(row.n_iter),
            )
            for row in self.rows
        ]  # fmt: skip
        head, *lines = aligned(table, left={1})
        marked = [
            f"{'*' if row is self.best else ' '} {line}{'' if row.converged else '  not converged'}"
            for row, line in zip(self.rows, lines, strict=True)
        ]
        lines = [f"  {head}", *marked]
        lines.append("log L: log-likelihood in nats; p: number of free parameters")
        lines.append(
            f"* best by {self.criterion.upper()}: {self.best.n_components} "
            f"component{'s' if self.best.n_components > 1 else ''}, "
            f"{self.best.covariance_type} covariance"
        )
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table for notebooks, the best row in bold."""
        headers = ["components", "covariance", "log-likelihood", "parameters"]
        headers += [*map(str.upper, CRITERIA), "iterations", "converged"]
        rows = [
            [
                str(row.n_components), row.covariance_type, f"{row.log_likelihood:.2f}",
                str(row.n_parameters), *(f"{getattr(row, name):.2f}" for name in CRITERIA),
                str(row.n_iter), "yes" if row.converged else "no",
            ]
            for row in self.rows
        ]  # fmt: skip
        best = self.rows.index(self.best)
        caption = f"{len(rows)} models; in bold the best by {self.criterion.upper()}"
        return html_table(headers, rows, marked=best, caption=caption)

    def to_frame(self) -> pandas.DataFrame:
        """Return all models as a pandas DataFrame, a row each.

        Returns
        -------
        pandas.DataFrame
            Its columns are the fields of `Candidate`, and ``best``, which is true of one row.

        Raises
        ------
        ImportError
            If pandas is not installed.

        Examples
        --------
        >>> from fastgmm import select
        >>> from fastgmm.datasets import load_faithful
        >>> frame = select(load_faithful(), range(1, 4), random_state=0).to_frame()
        >>> frame.sort_values("bic")[["n_components", "best"]].values.tolist()
        [[2, True], [3, False], [1, False]]
        """
        try:
            from pandas import DataFrame
        except ImportError:
            raise ImportError(
                "Selection.to_frame needs pandas: pip install pandas; without it, rows is a tuple "
                "of all models"
            ) from None
        frame = DataFrame(list(self.rows), columns=list(Candidate._fields))
        frame["best"] = frame.index == self.rows.index(self.best)
        return frame


def select(
    X: Data,
    n_components: int | Iterable[int] = range(1, 11),
    covariance_types: Covariances | Iterable[Covariances] = ("full",),
    *,
    criterion: Criterion = "bic",
    n_init: int = 5,
    tol: float = 1e-06,
    max_iter: int = 1000,
    random_state: RandomState = None,
    progress: Callable[[Candidate], object] | None = None,
    sample_weight: ArrayLike | None = None,
    n_jobs: int = 1,
    **parameters: Unpack[ForSelection],
) -> Selection:
    """Fit a mixture for each number of components and covariance type, and keep the best.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features); Rows, or what `open_rows` takes
        The data.
    n_components : int or iterable of int, default=range(1, 11)
        Numbers of components to try.
    covariance_types : str or iterable of str, default=("full",)
        Any of ``"full"``, ``"tied"``, ``"diag"``, ``"spherical"``, ``"VEI"``.
    criterion : {"bic", "aic", "icl"}, default="bic"
        What to minimise.
    n_init : int, default=5
        Number of starts of each fit; the best is kept.
    tol : float, default=1e-6
        Convergence threshold of each fit, in nats per sample. Criteria are compared to a few
        nats over all rows, so it is finer than 1e-3, the default of `GaussianMixture` and of
        scikit-learn.
    max_iter : int, default=1000
        Largest number of EM iterations of a start.
    random_state : int, RandomState instance or None, default=None
        Seed of the starts. An int starts every fit from the same seed.
    progress : callable, optional
        Called with each `Candidate` as soon as it is fitted.
    sample_weight : array-like of shape (n_samples,), optional
        Non-negative weights of the rows. They count rows: in the criteria N is their sum.
    n_jobs : int, default=1
        How many models are fitted at once, by threads that share those of fits (see
        `set_num_threads`) among them: for many models of few rows. The result is the same.
    **parameters
        Other parameters of `GaussianMixture`, such as ``reg_covar`` or ``init_params``.

    Returns
    -------
    Selection
        A row of figures for each model, and the best model.

    Raises
    ------
    ValueError
        If `n_components`, `covariance_types`, `criterion` or `n_jobs` are not of the above; or
        models that are fitted at once would draw from one generator.
    TypeError
        If `parameters` has a name that `GaussianMixture` does not.
    KeyboardInterrupt
        If it is interrupted: its attribute ``selection`` is the Selection of the models that are
        done, or None.

    Warns
    -----
    ConvergenceWarning
        Models did not converge: it names them, once for all.

    Notes
    -----
    With log-likelihood L, p free parameters, N rows and responsibilities r::

        BIC = -2 L + p log N
        AIC = -2 L + 2 p
        ICL = BIC - 2 sum_nk r_nk log r_nk

    ICL adds twice the entropy of the responsibilities, so it prefers components that do not
    overlap: it counts clusters where BIC counts Gaussians. The signs are scikit-learn's:
    smaller is better (mclust's have the other sign).

    References
    ----------
    Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics 6, 461-464.

    Biernacki, C., Celeux, G. and Govaert, G. (2000). Assessing a mixture model for clustering
    with the integrated completed likelihood. IEEE Transactions on Pattern Analysis and
    Machine Intelligence 22, 719-725.

    Examples
    --------
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.selection import select
    >>> result = select(load_faithful(), range(1, 4), ("full", "tied"), random_state=0)
    >>> result.best.n_components, result.best.covariance_type
    (3, 'tied')
    >>> result.best_estimator.means_.shape
    (3, 2)
    """
    X = as_rows(X)
    if isinstance(X, Rows):
        X = X.allowing_missing(parameters.get("missing") == "allow")
    n_samples = X.n_rows if isinstance(X, Rows) else _num_samples(check_kind(X, "X"))
    weights = check_sample_weight(sample_weight, X)
    counts = _component_counts(n_components, n_samples)
    types = _covariance_types(covariance_types)
    if criterion not in CRITERIA:
        raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}, got {criterion!r}")
    _check_names(parameters)
    _check_jobs(n_jobs, random_state)
    # all made before the first is fitted, so that a misspelt parameter costs no time
    estimators = [
        GaussianMixture(
            count,
            covariance_type=kind,
            n_init=n_init,
            tol=tol,
            max_iter=max_iter,
            random_state=random_state,
            **parameters,
        )
        for kind in types
        for count in counts
    ]
    if isinstance(X, Rows):  # those that are kept in memory are read once, and by one thread
        X.in_memory()
    found = []
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _OF_A_FIT, ConvergenceWarning)
            for row, estimator in _fitted(estimators, X, weights, n_jobs):
                found.append((row, estimator))
                if progress is not None:
                    progress(row)
    except KeyboardInterrupt as interrupt:  # what is done is not lost
        interrupt.selection = _selection(found, criterion) if found else None
        raise
    selection = _selection(found, criterion)
    if max_iter > 0 and not all(row.converged for row in selection.rows):
        warnings.warn(_unfinished(selection), ConvergenceWarning, stacklevel=2)
    return selection


def _fitted(estimators, X, weights, n_jobs):
    """Yield the Candidate and the estimator of each fit, in their order."""
    if n_jobs == 1:
        for estimator in estimators:
            yield _candidate(estimator.fit(X, sample_weight=weights), X, weights), estimator
        return
    threads_of_each = max(1, get_num_threads() // n_jobs)

    def fit(estimator):
        with at_most(threads_of_each):
            return _candidate(estimator.fit(X, sample_weight=weights), X, weights)

    with ThreadPoolExecutor(n_jobs) as pool:
        try:
            yield from zip(pool.map(fit, estimators), estimators, strict=True)
        except BaseException:  # those that are not begun are not fitted
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _check_jobs(n_jobs, random_state):
    if not isinstance(n_jobs, numbers.Integral) or isinstance(n_jobs, bool) or n_jobs < 1:
        raise ValueError(f"n_jobs must be a whole number of at least 1, got {n_jobs!r}")
    if n_jobs > 1 and not (random_state is None or isinstance(random_state, numbers.Integral)):
        raise ValueError(
            "random_state must be an int or None where n_jobs > 1: models that are fitted at once "
            "would draw from one generator in no order"
        )


def _selection(found, criterion):
    """Return the Selection of pairs of a Candidate and its estimator."""
    best, estimator = min(found, key=lambda pair: getattr(pair[0], criterion))
    return Selection(tuple(row for row, _ in found), criterion, best, estimator)


def _unfinished(selection):
    """Return what is said of models that did not converge."""
    failed = {}
    for row in selection.rows:
        if not row.converged:
            failed.setdefault(row.covariance_type, []).append(str(row.n_components))
    named = "; ".join(
        f"{kind} with {', '.join(counts)} component{'s' if counts != ['1'] else ''}"
        for kind, counts in failed.items()
    )
    count = sum(map(len, failed.values()))
    chosen = "" if selection.best.converged else ", the best among them"
    return (
        f"{count} of {len(selection.rows)} models did not converge{chosen}: {named}. "
        "Their criteria may be too large to compare: raise max_iter, n_init or tol"
    )


def _candidate(estimator, X, weights):
    log_likelihood, n_samples = estimator._total(X, weights)
    check_counted(n_samples)
    p = estimator._n_parameters()
    bic = -2 * log_likelihood + p * math.log(n_samples)
    return Candidate(
        n_components=estimator.n_components,
        covariance_type=estimator.covariance_type,
        log_likelihood=log_likelihood,
        n_parameters=p,
        bic=bic,
        aic=-2 * log_likelihood + 2 * p,
        icl=bic + 2 * estimator._summed(entropy, *estimator._checked(X, weights)),
        converged=estimator.converged_,
        n_iter=estimator.n_iter_,
    )


def _check_names(parameters):
    """Raise TypeError for a name that `GaussianMixture` does not have, or that `select` sets."""
    known = {*inspect.signature(select).parameters, *GaussianMixture().get_params()}
    known -= {"X", "parameters", "covariance_type"}
    for name in parameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise TypeError(
                f"select() got an unexpected parameter {name!r}"
                + (f"; did you mean {near[0]!r}?" if near else "; see help(fastgmm.select)")
            )


def _component_counts(n_components, n_samples):
    """Return the sorted distinct numbers of components, or say what is wrong with them."""
    several = isinstance(n_components, Iterable)
    counts = list(n_components) if several else [n_components]
    for count in counts:
        whole = isinstance(count, numbers.Integral) and not isinstance(count, bool)
        if not whole or count < 1:
            raise ValueError(f"n_components must be whole numbers of at least 1, got {count!r}")
    if not counts:
        raise ValueError(f"n_components must name at least one number, got {n_components!r}")
    if max(counts) > n_samples:
        raise ValueError(
            f"n_components must not exceed the number of rows of X, {n_samples}, "
            f"got {max(counts)}; try fewer components"
        )
    return sorted({int(count) for count in counts})


def _covariance_types(covariance_types):
    """Return the distinct covariance types as a list, or say what is wrong with them."""
    several = isinstance(covariance_types, Iterable) and not isinstance(covariance_types, str)
    types = list(covariance_types) if several else [covariance_types]
    for kind in types:
        if kind not in COVARIANCE_TYPES:
            raise ValueError(
                f"covariance_types must be of {', '.join(COVARIANCE_TYPES)}, got {kind!r}"
            )
    if not types:
        raise ValueError(f"covariance_types must name at least one, got {covariance_types!r}")
    return list(dict.fromkeys(types))
