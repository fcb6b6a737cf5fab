"""`GaussianMixture` of rows on a cluster: the local class, with another source of rows."""

from __future__ import annotations

import inspect
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Self, Unpack

import dask.array as da
import dask.dataframe as dd
import numpy as np
from sklearn.base import clone

from ..model import data
from ..model import estimator as local
from .lazy import OfBlock, of_collection
from .partitions import DaskRows, on_cluster
from .scheduler import Scheduler
from .source import DaskSource

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..model.keywords import Parameters
    from ..rows import Data


class GaussianMixture(local.GaussianMixture):
    """Gaussian mixture of the rows of a dask array or data frame, fitted where they are.

    Each pass over the rows is one task a partition. They send back sums, whose size does not grow
    with the rows; a fit also takes a bounded sample for its start. The result is bitwise the same
    for any number of workers and threads: it depends on the partitions alone.

    Parameters
    ----------
    n_components : int, default=1
    client : distributed.Client, default=None
        Of the cluster that computes; by default that which is current, or, without one, the
        threads of this process. It is neither pickled, nor copied, nor saved.
    **parameters
        All others of `fastgmm.GaussianMixture`.

    Raises
    ------
    TypeError
        From `fit` and the like: `client` is asynchronous; X is no collection that is taken.
    ValueError
        From these: a parameter or X is not as described; the message names the partition.
    ConnectionError
        From these: the cluster's scheduler has gone away. The attributes are those of the last
        finished iteration then, if there was one, as after Ctrl-C.

    Notes
    -----
    X may be a dask array or data frame, or a list of `Delayed` blocks or futures (arrays, data
    frames, tables of PyArrow's), whose partitions may be empty, of unknown size, or of different
    dtypes; ``sample_weight`` a dask array, series or list of the same partitions. `fit` ignores
    y. What is in memory is fitted and predicted as by `fastgmm.GaussianMixture`.

    `predict`, `predict_proba`, `score_samples` and `log_joint` return a dask array, of which
    nothing is computed yet. `fit_predict` fits first. `score`, `bic`, `aic` and `icl` are numbers.

    Nothing is persisted: a collection that is not is computed anew in each iteration. Call
    ``X = X.persist()`` first, where the workers' memory is large enough.

    A task has one thread, where there are as many partitions as threads of the workers. A worker
    that is lost costs what it had: Dask computes that again, and no bit of the result changes.

    Examples
    --------
    >>> import dask.array as da
    >>> from fastgmm.dask import GaussianMixture
    >>> from fastgmm.datasets import load_faithful
    >>> X = da.from_array(load_faithful(), chunks=(100, -1))
    >>> gm = GaussianMixture(2, random_state=0).fit(X)
    >>> gm.means_.round(1)
    array([[ 4.3, 80. ],
           [ 2. , 54.5]])
    >>> gm.predict(X)[:3].compute() == gm.predict(load_faithful()[:3])
    array([ True,  True,  True])
    """

    _parameter_constraints = local.GaussianMixture._parameter_constraints | {
        "client": "no_validation"  # `Scheduler` checks it
    }

    def __init__(
        self, n_components: int = 1, *, client: Any = None, **parameters: Unpack[Parameters]
    ) -> None:
        super().__init__(n_components, **parameters)
        self.client = client

    __init__.__signature__ = inspect.Signature(
        [
            *inspect.signature(local.GaussianMixture.__init__).parameters.values(),
            inspect.Parameter(
                "client", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Any"
            ),
        ]
    )

    def __sklearn_clone__(self) -> Self:
        params = self.get_params(deep=False)
        own = {name: clone(p, safe=False) for name, p in params.items() if name != "client"}
        return type(self)(**own, client=self.client)

    def __getstate__(self) -> Any:
        return super().__getstate__() | {"client": None}

    def to_local(self) -> local.GaussianMixture:
        """Return a `fastgmm.GaussianMixture` of the same parameters, and fit if there was one."""
        params = self.get_params(deep=False)
        model = local.GaussianMixture(**{n: p for n, p in params.items() if n != "client"})
        fitted = {n: value for n, value in vars(self).items() if n not in params}
        vars(model).update(deepcopy(fitted))
        return model

    def fit_predict(self, X: Data, y: object = None, sample_weight: Any = None) -> Any:
        """Do `fit`, and return what `predict` does: of rows on a cluster a dask array."""
        if not on_cluster(X):
            return super().fit_predict(X, y, sample_weight)
        return self.fit(X, y, sample_weight).predict(X)

    def fit_labeled(self, X: Data, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Do what `fastgmm.GaussianMixture` does, of rows in memory.

        Raises
        ------
        TypeError
            For rows on a cluster.
        """
        if on_cluster(X):
            raise TypeError("fit_labeled takes rows in memory: compute X and y, or give a sample")
        return super().fit_labeled(X, y, sample_weight)

    def log_joint(self, X: Data) -> Any:
        """Return the log of weight times density of each component at each row: (N, K)."""
        if on_cluster(X):
            return self._lazily(X, "log_joint")
        return super().log_joint(X)

    def _checked_rows(self, X, sample_weight, *, reset, at_least=1, allow_missing=False):
        if not on_cluster(X):
            if sample_weight is not None and on_cluster(sample_weight):
                raise TypeError("sample_weight is of Dask's, but X is in memory: compute it")
            how = {"reset": reset, "at_least": at_least, "allow_missing": allow_missing}
            return super()._checked_rows(X, sample_weight, **how)
        if allow_missing:
            raise ValueError('missing="allow" is for rows in memory, and X is on a cluster')
        columns = None if reset else self._columns(X)
        rows = DaskRows(X, sample_weight, Scheduler(self.client), columns)
        data.check_table(self, rows, reset=reset, at_least=at_least)
        return rows, None

    def _columns(self, X):
        """Return the names of the fit's features, where X may have such; or raise ValueError."""
        names = getattr(self, "feature_names_in_", None)
        if names is None or not isinstance(X, dd.DataFrame):
            return names if isinstance(X, (list, tuple)) else None
        missing = [name for name in names if name not in X.columns]
        if missing:
            raise ValueError(
                f"X must have the columns of the fit: there is no {', '.join(missing)}; there are "
                f"{', '.join(map(str, X.columns))}"
            )
        return tuple(names)

    def _source_of(self, X, sample_weight=None, labels=None, dtype=None, allow=None):
        if isinstance(X, DaskRows):
            return DaskSource(X, dtype=dtype)
        return super()._source_of(X, sample_weight, labels, dtype, allow)

    def _summed(self, function, source, mixture):
        if isinstance(source, DaskSource):
            return source.summed(function, mixture, self._covariance.moments)
        return super()._summed(function, source, mixture)

    def _found_of(self, X, name, out):
        if not on_cluster(X):
            return super()._found_of(X, name, out)
        if out is not None:
            raise ValueError("out is for rows in memory or in files: give none, and use to_zarr")
        return self._lazily(X, _METHODS[name])

    def _lazily(self, X, method):
        """Return the dask array of what a method returns, of the partitions of X."""
        mixture, model = self._scoring_mixture(), self.to_local()
        vars(model).pop("feature_names_in_", None)
        model.callback = None  # which may be of this process
        k, d = mixture.means.shape
        columns = self._columns(X)
        width = X.shape[1] if isinstance(X, da.Array) and X.ndim == 2 else d
        if isinstance(X, dd.DataFrame) and columns is None:
            width = len(X.columns)
        if width != d and width == width:
            raise ValueError(f"X has {width} features, but means_ {d}")
        dtype = np.dtype(np.int64)
        if method != "predict":
            dtype = np.result_type(_dtype_of(X), mixture.means.dtype)
        n_outputs = k if method in ("predict_proba", "log_joint") else None
        return of_collection(X, OfBlock(model, method, columns, n_outputs, dtype))


_METHODS = {"labels": "predict", "resp": "predict_proba", "scores": "score_samples"}


def _dtype_of(X):
    """Return float32 if the rows are, as far as is known before they are computed; else float64."""
    own = np.float64
    if isinstance(X, da.Array):
        own = X.dtype
    elif isinstance(X, dd.DataFrame):
        own = np.result_type(*X.dtypes.map(_numpy_dtype)) if len(X.dtypes) else own
    return np.dtype(np.float32 if np.dtype(own) == np.float32 else np.float64)


def _numpy_dtype(dtype):
    return dtype if isinstance(dtype, np.dtype) else np.dtype(np.float64)
