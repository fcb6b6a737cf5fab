"""The types of arguments and results that several modules share: for type checkers, none is run.

Rows and models are of float64 or of float32, and results follow them: such arrays are `Floats`.
`Float64s` are of float64 whatever is given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Float64s: TypeAlias = NDArray[np.float64]
Scores = TypeVar("Scores", bound=Floats)
Labels: TypeAlias = NDArray[np.int64]
Path: TypeAlias = str | os.PathLike[str]
RandomState: TypeAlias = int | np.random.RandomState | None

Covariances: TypeAlias = Literal["full", "tied", "diag", "spherical", "VEI"]
SklearnsCovariances: TypeAlias = Literal["full", "tied", "diag", "spherical"]
InitParams: TypeAlias = Literal["kmeans", "k-means++", "random", "random_from_data"]
Assignment: TypeAlias = Literal["soft", "hard"]
Acceleration: TypeAlias = Literal["none", "squarem", "anderson"]
Missing: TypeAlias = Literal["refuse", "allow"]
Algorithm: TypeAlias = Literal["em", "minibatch"]
Criterion: TypeAlias = Literal["bic", "aic", "icl"]
Descent: TypeAlias = Literal["l-bfgs", "newton-cg"]
Parameter: TypeAlias = Literal["weights", "means", "covariances"]
Fixed: TypeAlias = Parameter | Collection[Parameter]
Information: TypeAlias = Literal["observed", "opg", "sandwich"]

Features: TypeAlias = Sequence[int] | NDArray[np.integer[Any]]
FloatDtype: TypeAlias = (
    Literal["float32", "float64"]
    | type[np.float32]
    | type[np.float64]
    | np.dtype[np.float32]
    | np.dtype[np.float64]
)


class Frame(Protocol):
    """A data frame in memory, such as pandas' and Polars'."""

    @property
    def columns(self) -> Any: ...
    def to_numpy(self, *args: Any, **kwargs: Any) -> Any: ...


class Dataset(Protocol):
    """A ``pyarrow`` Dataset or Table."""

    @property
    def schema(self) -> Any: ...
    def to_batches(self, *args: Any, **kwargs: Any) -> Any: ...


class Batch(Protocol):
    """A ``pyarrow`` RecordBatch."""

    @property
    def schema(self) -> Any: ...
    def column(self, i: Any, /) -> Any: ...


class Collected(Protocol):
    """A dask array or data frame."""

    def __dask_graph__(self) -> Any: ...
    def to_delayed(self, *args: Any, **kwargs: Any) -> Any: ...


class Sliced(Protocol):
    """Anything with slices of rows, such as an h5py Dataset or a zarr Array."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __len__(self) -> int: ...


# What `open_rows` takes.
Source: TypeAlias = (
    ArrayLike
    | Path
    | Sequence[Path]
    | Frame
    | Dataset
    | Batch
    | Collected
    | Sliced
    | Callable[[], Iterable[Any]]
)
