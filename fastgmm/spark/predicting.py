"""`predict`: what a fitted mixture says of the rows of a DataFrame, as one more column."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Literal

import numpy as np
from pyspark.sql.types import ArrayType, DoubleType, LongType, StructField, StructType
from sklearn.utils.validation import check_is_fitted

from ..model.fitted import FittedMixture
from .columns import check_frame, checked_names, is_single
from .tasks import Prediction

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


# By what is asked for: the method, and the type of the column.
_WHAT = {
    "component": ("predict", LongType()),
    "probability": ("predict_proba", ArrayType(DoubleType())),
    "log_density": ("score_samples", DoubleType()),
}


def predict(
    model: FittedMixture,
    df: DataFrame,
    what: Literal["component", "probability", "log_density"] = "component",
    *,
    columns: Sequence[str] | None = None,
) -> DataFrame:
    """Add to a Spark DataFrame what a fitted mixture says of its rows; nothing is run yet.

    Parameters
    ----------
    model : fastgmm.GaussianMixture
        Or another fitted mixture of this package, wherever it was fitted.
    df : pyspark.sql.DataFrame
        With the features as columns of numbers or booleans; the others may be of any type that
        Arrow knows.
    what : {"component", "probability", "log_density"}, default="component"
        The most likely component, bigint; the posterior probability of each component, an array of
        K doubles; the log density in nats, double.
    columns : list of str, default=None
        The features in their order, where the model does not know their names.

    Returns
    -------
    pyspark.sql.DataFrame
        `df` and a column named as `what`.

    Raises
    ------
    TypeError
        `df` is no DataFrame, `columns` no list of names, `model` no mixture.
    ValueError
        A column is not there, no number, or one too many; or, when it is computed, and inside of
        what Spark raises, a value is null or not finite. With ``missing="allow"`` the model takes
        null and NaN for values that are missing.

    Examples
    --------
    >>> predict(model, df, "log_density").orderBy("log_density").show(10)  # doctest: +SKIP
    """
    if not isinstance(model, FittedMixture):
        raise TypeError(f"model must be a mixture of fastgmm, got a {type(model).__qualname__}")
    if what not in _WHAT:
        raise ValueError(f"what must be one of {', '.join(_WHAT)}, got {what!r}")
    check_is_fitted(model)
    check_frame(df)
    names = _features(model, df, columns)
    if what in df.columns:
        raise ValueError(f"df has a column {what!r} already: rename or drop it")
    method, kind = _WHAT[what]
    sent = copy(model)
    vars(sent).pop("feature_names_in_", None)
    if getattr(sent, "callback", None) is not None:
        sent.callback = None  # which may be of this process
    positions = tuple(df.columns.index(name) for name in names)
    dtype = np.dtype(np.float32 if is_single(df, names) else np.float64)
    prediction = Prediction(sent, method, what, names, positions, dtype)
    schema = StructType([*df.schema.fields, StructField(what, kind)])
    return df.mapInArrow(prediction, schema)


def _features(model, df, columns):
    """Return the names of the features in the model's order, which `df` has."""
    own = getattr(model, "feature_names_in_", None)
    if columns is None:
        if own is None:
            raise ValueError("the model was fitted without names of features: give columns")
        columns = list(own)
    names, d = checked_names(df, columns), model.means_.shape[1]
    if own is not None and list(names) != list(own):
        raise ValueError(f"columns must be those of the fit, {', '.join(own)}: leave it out")
    if len(names) != d:
        raise ValueError(f"columns has {len(names)} features, but means_ {d}")
    return names
