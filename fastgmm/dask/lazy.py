"""Predictions of collections of Dask's: each partition's when it is computed, where it is."""

import math

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np

from ..parted.partitions import fault, name_of, rows_of
from .partitions import blocks_of
from .tasks import share_of_worker


class OfBlock:
    """A method of a local estimator, of one block of rows.

    Parameters
    ----------
    model : fastgmm.GaussianMixture
        Fitted, without names of features.
    method : str
    columns : tuple of str or None
        The features, of data frames.
    n_outputs : int or None
        Columns of what the method returns; None for a vector.
    dtype : numpy.dtype
        Of that.
    """

    def __init__(self, model, method, columns, n_outputs, dtype):
        self.model, self.method, self.columns = model, method, columns
        self.n_outputs, self.dtype = n_outputs, dtype

    def shape(self, n):
        """Return the shape of what is found of n rows."""
        return (n,) if self.n_outputs is None else (n, self.n_outputs)

    def __call__(self, block, number, n_partitions):
        """Return the method's result for a block, or raise ValueError."""
        if not len(block):
            return np.empty(self.shape(0), self.dtype)
        where = name_of(number)
        X, names = rows_of(block, self.columns, where)
        wrong = fault(X, names, where)
        if wrong:
            raise ValueError(wrong)
        with share_of_worker(n_partitions):
            return getattr(self.model, self.method)(X).astype(self.dtype, copy=False)


def of_collection(X, of_block):
    """Return the dask array of what an `OfBlock` finds in the partitions of X; nothing is run."""
    model = dask.delayed(of_block, pure=False)
    meta = np.empty(of_block.shape(0), of_block.dtype)
    if isinstance(X, dd.DataFrame):
        X = X if of_block.columns is None else X[list(of_block.columns)]
        X = X.to_dask_array()
    if not isinstance(X, da.Array):
        blocks, call = blocks_of(X), dask.delayed(_called, pure=False)
        found = [call(block, model, i, len(blocks)) for i, block in enumerate(blocks)]
        shape = of_block.shape(math.nan)
        arrays = [da.from_delayed(one, shape, of_block.dtype, meta) for one in found]
        return da.concatenate(arrays, allow_unknown_chunksizes=True)
    if X.ndim != 2:
        raise ValueError(f"X: expected a 2-D array (n_samples, n_features), got shape {X.shape}")
    if X.numblocks[1] > 1:
        X = X.rechunk({1: -1})
    chunks = (X.chunks[0],) if of_block.n_outputs is None else (X.chunks[0], (of_block.n_outputs,))
    return X.map_blocks(
        _of_array,
        model,
        X.numblocks[0],
        dtype=of_block.dtype,
        chunks=chunks,
        drop_axis=1 if of_block.n_outputs is None else None,
        meta=meta,
    )


def _of_array(block, of_block, n_partitions, block_id=None):
    return of_block(block, block_id[0], n_partitions)


def _called(block, of_block, number, n_partitions):
    return of_block(block, number, n_partitions)
