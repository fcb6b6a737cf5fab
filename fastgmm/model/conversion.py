"""A fitted estimator to and from everything else: Mixture, scikit-learn, a model file."""

from __future__ import annotations

from copy import deepcopy
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
from numba.extending import typeof_impl
from sklearn.utils.validation import check_is_fitted

from ..covariances import COVARIANCE_TYPES, TYPES, by_shape
from ..covariances.factors import precisions_of
from ..em.prior import Prior
from ..mixture import Mixture, assemble, frozen
from . import persistence
from .checks import check_loaded, check_mixture
from .parameters import density_mixture, stored_mixture, type_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._typing import Covariances, Floats
    from .._typing import Path as PathLike
    from .keywords import Parameters


# What a fit tells of itself, and what is said where there was none.
_RESULTS: dict[str, Any] = {
    "converged_": True,
    "n_iter_": 0,
    "lower_bound_": -np.inf,
    "lower_bounds_": (),
}
_PARAMETERS = ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_")
_NOT_SAVED = ("callback", "client")  # what is of this process


class ConversionMixin:
    """The conversions of all mixtures, which are said in terms of those below.

    `_counterpart`: the name of scikit-learn's class, and of ours. `_array_parameters`: constructor
    parameters that are arrays. `_more_attributes`: of a fit, beside the parameters of a mixture.
    `_unset_parameters`: what is not saved where it is this.
    """

    covariance_type: Covariances
    weights_: Floats
    means_: Floats
    covariances_: Floats
    precisions_: Floats
    precisions_cholesky_: Floats
    converged_: bool
    n_iter_: int
    lower_bound_: float
    lower_bounds_: list[float]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    _counterpart = ""
    _array_parameters: tuple[str, ...] = ()
    _more_attributes: tuple[str, ...] = ()
    _unset_parameters: dict[str, object] = {}

    if TYPE_CHECKING:  # of scikit-learn's BaseEstimator, which has no types

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...
        def _validate_params(self) -> None: ...
        def _scoring_mixture(self) -> Mixture: ...

    @property
    def _covariance(self):
        return TYPES[self.covariance_type]

    @property
    def mixture_(self) -> Mixture:
        """The fitted parameters as a `Mixture`, to pass into ``@njit`` functions.

        Where ``covariances_`` were set to others than those of ``precisions_cholesky_``, it has the
        latter's. Of a GaussianMixture `score_samples` gives its log density.
        """
        return frozen(Mixture(*map(np.array, density_mixture(self))))

    def _set_mixture(self, mixture):
        """Set the parameter attributes, in scikit-learn's shapes: copies, to be written to."""
        self.weights_, self.means_ = np.array(mixture.weights), np.array(mixture.means)
        for name, array in (
            ("covariances_", mixture.covariances),
            ("precisions_cholesky_", mixture.precisions_cholesky),
            ("precisions_", precisions_of(mixture.precisions_cholesky)),
        ):
            setattr(self, name, np.array(self._covariance.to_sklearn(array)))
        self._set_as = type_of(self)

    def _check_more(self, values):
        """Raise ValueError unless ``{name: value}`` of `_more_attributes` has what a fit sets."""

    def _stream_to_save(self):
        """Return ``(numbers, arrays)`` of what a model knows of rows beside its mixture."""
        return {}, {}

    def _load_stream(self, numbers, arrays):
        """Check and set what `_stream_to_save` returned."""

    def _set_more(self, values):
        """Check and set ``{name: value}`` of `_more_attributes`."""

    def _set_unfitted_results(self, **results):
        """Set the attributes of a fit that did not happen here."""
        for name, unfitted in _RESULTS.items():
            value = results.get(name, unfitted)
            setattr(self, name, list(value) if name == "lower_bounds_" else value)
        self.n_features_in_ = self.means_.shape[1]

    def save(self, path: PathLike) -> None:
        """Write the fitted model to a file.

        Parameters
        ----------
        path : path-like
            The file, conventionally ``.npz``; replaced if it exists. NumPy arrays and JSON,
            no pickle. A `callback`, and a `random_state` that is no integer, are not saved.

        Raises
        ------
        ValueError
            If attributes that were set are of no mixture that `load` would take: weights that
            do not sum to one, or others than `n_components`, or no priors of a Bayesian one.
        """
        mixture = stored_mixture(self)
        parameters = {
            name: value
            for name, value in self.get_params(deep=False).items()
            if name not in (*_NOT_SAVED, *self._array_parameters)
        }
        if not isinstance(parameters["random_state"], (int, np.integer)):
            parameters["random_state"] = None
        if "fixed" in parameters:
            fixed = {self.fixed} if isinstance(self.fixed, str) else self.fixed
            parameters["fixed"] = sorted(fixed)
        parameters = {name: _plain(value) for name, value in parameters.items()}
        for name, unset in self._unset_parameters.items():  # a file without is what it always was
            if parameters[name] == unset:
                del parameters[name]
        arrays = {"weights": mixture.weights, "means": mixture.means}
        for name in ("covariances", "precisions_cholesky"):
            arrays[name] = self._covariance.to_sklearn(getattr(mixture, name))
        results = {name: getattr(self, name, unfitted) for name, unfitted in _RESULTS.items()}
        arrays["lower_bounds"] = np.array(results.pop("lower_bounds_"), dtype=np.float64)
        check_loaded(parameters, arrays)
        more = {name: getattr(self, name, None) for name in self._more_attributes}
        self._check_more(more)
        self._scoring_mixture()  # checks what else there is
        for name in self._array_parameters:
            if getattr(self, name) is not None:
                arrays[name] = np.asarray(getattr(self, name), dtype=np.float64)
        for name, value in more.items():
            arrays[name] = np.asarray(value, dtype=np.float64)
        if hasattr(self, "feature_names_in_"):
            arrays["feature_names_in"] = np.array(self.feature_names_in_, dtype=str)
        results = {name: float(value) for name, value in results.items()}
        contents = {"parameters": parameters, "results": results}
        numbers, of_stream = self._stream_to_save()
        arrays |= of_stream
        if numbers:
            contents["stream"] = numbers
        persistence.write_model(path, self._counterpart, contents, arrays)

    @classmethod
    def load(cls, path: PathLike) -> Self:
        """Read a model that `save` wrote.

        Parameters
        ----------
        path : path-like

        Returns
        -------
        GaussianMixture or BayesianGaussianMixture
            Of the class that this was called on, which must be that of `save`.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ModelFileError
            If the file is damaged, is not a model, or is of a newer version. Loading never
            runs code from the file.
        """
        header, arrays = persistence.read_model(path, cls._counterpart)
        with persistence.as_model_file_error(path, cls._counterpart):
            parameters, results = header["parameters"], header["results"]
            check_loaded(parameters, arrays)
            if "fixed" in parameters:
                parameters["fixed"] = tuple(parameters["fixed"])
            if "prior" in parameters:
                parts = parameters["prior"].items()
                prior: dict[str, Any] = {
                    n: np.array(v) if isinstance(v, list) else v for n, v in parts
                }
                parameters["prior"] = Prior(**prior)
            given = {name: arrays[name][()] for name in cls._array_parameters if name in arrays}
            self = cls(**parameters, **given)
            self._validate_params()
            self._set_mixture(
                assemble(  # type: ignore[call-arg]
                    arrays["weights"],
                    arrays["means"],
                    *(
                        self._covariance.from_sklearn(arrays[name])
                        for name in ("covariances", "precisions_cholesky")
                    ),
                    arrays["means"].dtype,
                )
            )
            self._set_more(arrays)
            self._set_unfitted_results(
                converged_=bool(results["converged_"]),
                n_iter_=int(results["n_iter_"]),
                lower_bound_=float(results["lower_bound_"]),
                lower_bounds_=arrays["lower_bounds"].astype(np.float64).tolist(),
            )
            self._load_stream(header.get("stream", {}), arrays)
            if "feature_names_in" in arrays:
                names = arrays["feature_names_in"]
                if names.dtype.kind != "U" or names.shape != (self.n_features_in_,):
                    raise ValueError(f"feature names of shape {names.shape}, dtype {names.dtype}")
                self.feature_names_in_ = names.astype(object)
        return self

    def to_sklearn(self) -> Any:
        """Return a fitted estimator of scikit-learn's class of the name, with these parameters."""
        counterpart = getattr(import_module("sklearn.mixture"), self._counterpart)
        copy = type(self)(**self.get_params(deep=False))
        copy._set_mixture(stored_mixture(self))
        own = self.get_params(deep=False) | {"covariance_type": self._covariance.moments}
        other = counterpart(**{name: own[name] for name in counterpart().get_params(deep=False)})
        for name in _PARAMETERS:
            setattr(other, name, getattr(copy, name))
        for name in (*self._more_attributes, *_RESULTS, "n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(other, name, deepcopy(getattr(self, name)))
        return other

    @classmethod
    def from_sklearn(cls, model: Any) -> Self:
        """Return a fitted estimator with the parameters of a fitted scikit-learn mixture.

        Parameters
        ----------
        model : sklearn.mixture.GaussianMixture or sklearn.mixture.BayesianGaussianMixture
            Fitted. By a GaussianMixture the point estimates of the latter are taken.

        Returns
        -------
        GaussianMixture or BayesianGaussianMixture
            Of the class that this was called on.

        Raises
        ------
        TypeError
            If `model` is no such estimator.
        ValueError
            If it has not what this class has.
        """
        if not hasattr(model, "get_params"):
            raise TypeError(
                f"model must be a fitted sklearn.mixture.{cls._counterpart}, "
                f"got a {type(model).__name__}"
            )
        check_is_fitted(model)
        params = model.get_params(deep=False)
        self = cls(**{name: params[name] for name in cls().get_params() if name in params})
        for name in _PARAMETERS:
            if hasattr(model, name):
                setattr(self, name, getattr(model, name))
        self._set_mixture(stored_mixture(self))
        self._set_more({name: getattr(model, name, None) for name in cls._more_attributes})
        results = {name: getattr(model, name, unfitted) for name, unfitted in _RESULTS.items()}
        # Its bounds are NumPy scalars; of a tied BayesianGaussianMixture arrays of shape (1,).
        results["lower_bound_"] = np.asarray(results["lower_bound_"]).item()
        results["lower_bounds_"] = np.ravel(results["lower_bounds_"]).tolist()
        self._set_unfitted_results(**results)
        if hasattr(model, "feature_names_in_"):
            self.feature_names_in_ = model.feature_names_in_
        return self


def _plain(value):
    """Return a parameter as what JSON has, with all its digits."""
    if isinstance(value, Prior):
        parts = value._asdict().items()
        return {name: part if part is None else np.asarray(part).tolist() for name, part in parts}
    return value.item() if isinstance(value, np.generic) else value


class GaussianConversions(ConversionMixin):
    """The conversions of `GaussianMixture`."""

    _counterpart = "GaussianMixture"
    _array_parameters = ("weights_init", "means_init", "precisions_init", "covariances_init")
    _unset_parameters = {
        "prior": None,
        "missing": "refuse",
        "algorithm": "em",
        "batch_size": None,
        "learning_decay": 0.6,
        "learning_offset": 0.0,
        "learning_floor": 0.0,
    }

    @classmethod
    def from_mixture(cls, mixture: Mixture, **params: Unpack[Parameters]) -> Self:
        """Make a fitted estimator from known parameters.

        Parameters
        ----------
        mixture : Mixture
            See `make_mixture`.
        **params
            Constructor parameters. `covariance_type` follows from the mixture's shapes
            unless given (one component is full rather than tied, one dimension diag
            rather than spherical).

        Returns
        -------
        GaussianMixture

        Raises
        ------
        TypeError
            If `mixture` is no `Mixture`: of a fitted estimator pass its ``mixture_``.
        ValueError
            If `covariance_type` does not fit its shapes.

        Examples
        --------
        >>> import numpy as np
        >>> from fastgmm import GaussianMixture, make_mixture
        >>> m = make_mixture([0.5, 0.5], [[0.0], [4.0]], [[1.0], [1.0]])
        >>> GaussianMixture.from_mixture(m).predict([[0.5], [3.5]])
        array([0, 1])
        """
        mixture = check_mixture(mixture)
        shapes = by_shape(mixture.covariances.shape, *mixture.means.shape).name
        covariance_type = params.setdefault("covariance_type", shapes)
        k, d = mixture.means.shape
        known = covariance_type in COVARIANCE_TYPES
        if not known or mixture.covariances.shape != TYPES[covariance_type].shape(k, d):
            raise ValueError(
                f"covariance_type={covariance_type!r} does not fit a mixture of {shapes} ones"
            )
        self = cls(k, **params)  # type: ignore[call-arg, misc]
        self._set_mixture(mixture)
        self._set_unfitted_results()
        return self


@typeof_impl.register(ConversionMixin)
def _no_argument_of_compiled_code(model, context):
    """Tell Numba what to say (it goes on without a type, as before) below its own words."""
    raise ValueError(
        f"a {type(model).__name__} is no argument of compiled functions; pass its mixture_, the "
        "fitted parameters"
    )
