"""What `X` may be: an array, or rows that are read from somewhere else; and a source of either."""

import numpy as np
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

from ..missing import MissingSource, MissingStream, has_missing
from ..passes.sources import ArraySource
from ..passes.streams.source import StreamedSource
from ..rows.opening import names_rows, reader_of
from ..rows.table import Rows
from .checks import check_kind, check_largest_weight, check_sample_weight

_FLOATS = [np.float64, np.float32]


def checked_rows(estimator, X, sample_weight, *, reset, at_least=1, allow_missing=False):
    """Check `X` and the weights of its rows.

    Parameters
    ----------
    estimator : FittedMixture
        Whose feature names are set, or, where `reset` is False, compared.
    X : array-like of shape (N, D), Rows, or what `open_rows` takes
    sample_weight : array-like of shape (N,) or None
    reset : bool
    at_least : int
        Fewest rows.
    allow_missing : bool
        Whether NaN stands for a missing value.

    Returns
    -------
    X : ndarray or Rows
        Rows only where they are not kept in memory.
    sample_weight : ndarray of shape (N,) or None
    """
    if not isinstance(X, Rows) and not names_rows(X):
        X = check_kind(X, "X")
        how = {"reset": reset, "ensure_min_samples": at_least}
        X = _validated(estimator, X, allow_missing, **how)
        return X, check_sample_weight(sample_weight, X)
    rows = X if isinstance(X, Rows) else _opened(estimator, X, reset)
    rows = rows.allowing_missing(allow_missing)
    check_table(estimator, rows, reset=reset, at_least=at_least)
    if rows.weighted and sample_weight is not None:
        raise ValueError("Give sample_weight, or rows that have a weight column, not both")
    held = rows.in_memory()
    if held is None:
        if rows.weighted:
            check_largest_weight(rows.weight_facts()[1])
        return rows, check_sample_weight(sample_weight, rows)
    X, weights = held
    return X, check_sample_weight(sample_weight if weights is None else weights, X)


def _validated(estimator, X, allow_missing, **how):
    """Do scikit-learn's `validate_data` of rows, which may have NaN if `allow_missing` is true."""
    how = {"dtype": _FLOATS, **how}
    if allow_missing:
        return validate_data(estimator, X, ensure_all_finite="allow-nan", **how)
    try:
        return validate_data(estimator, X, **how)
    except ValueError as error:
        if "contains NaN" not in str(error) or not hasattr(estimator, "missing"):
            raise
        first = str(error).splitlines()[0].removesuffix(".")
        hint = 'missing="allow" takes it for a value that is missing at random'
        raise ValueError(f"{first}; {hint}") from None


def check_table(estimator, rows, *, reset, at_least=1):
    """Check the number of rows, the features and their names; see `checked_rows`.

    rows: what has ``n_rows``, ``n_features``, ``shape`` and ``names``, as `Rows` have.
    """
    if rows.n_rows < at_least:
        raise ValueError(
            f"Found {rows!r} with {rows.n_rows} sample(s), while a minimum of {at_least} is "
            f"required by {type(estimator).__name__}."
        )
    _check_n_features(estimator, rows, reset=reset)
    _check_names(estimator, rows, reset)


def _opened(estimator, X, reset):
    """Open `X`; of a table with names take, after a fit to such, the features of these names."""
    reader = reader_of(X)
    names = None if reset else getattr(estimator, "feature_names_in_", None)
    if names is None or reader.names is None:
        return Rows(reader)
    missing = [name for name in names if name not in reader.names]
    if missing:
        raise ValueError(
            f"X must have the columns of the fit: {reader.where} has no {', '.join(missing)}; "
            f"there are {', '.join(reader.names)}"
        )
    return Rows(reader, columns=names)


def _check_names(estimator, rows, reset):
    expected = getattr(estimator, "feature_names_in_", None)
    if rows.names is None:
        _check_feature_names(estimator, np.empty((1, rows.n_features)), reset=reset)
    elif reset:
        estimator.feature_names_in_ = np.array(rows.names, dtype=object)
    elif expected is not None and list(expected) != list(rows.names):
        raise ValueError(
            f"X must have the columns of the fit in their order, {', '.join(expected)}, got "
            f"{', '.join(rows.names)}; open_rows(..., columns=[...]) chooses"
        )


def source_of(X, sample_weight=None, labels=None, dtype=None, allow_missing=False):
    """Return the source of checked rows: where none misses a value, the ordinary one."""
    kind = ArraySource
    if isinstance(X, Rows):
        kind = MissingStream if allow_missing else StreamedSource
    elif allow_missing and has_missing(X):
        kind = MissingSource
    return kind(X, sample_weight, labels, dtype)
