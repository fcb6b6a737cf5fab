"""`OnlineMixin`: fits that follow a stream of blocks, or mini-batches of a table."""

from __future__ import annotations

import hashlib
from functools import wraps
from typing import TYPE_CHECKING, NamedTuple, Self, cast

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions

from ..em.loop import EMRun, is_blurred, run_em
from ..em.minibatch import Batches, run_minibatches
from ..em.start import sample_size
from ..em.stepwise import Learning, known_by, step
from ..mixture import as_dtype, check_held
from ..passes.statistics import SufficientStats
from ..passes.threads import single_threaded_blas
from . import checks
from .fitting import FittingMixture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..rows import Data
    from ..simd.compiled import Function


# Of a mini-batch, or for each component. Fewer rows reach as much by as many of them; but the pass
# over a batch should take longer than what there is to do beside it.
BATCH_ROWS, BATCH_ROWS_PER_COMPONENT = 2**12, 2**6

_COUNTING = ("weights_", "means_", "covariances_", "precisions_cholesky_")
_ARRAYS = ("nk", "first", "second", "shift")


class Stream(NamedTuple):
    """What a model knows of the blocks that it has seen, beside its mixture.

    Attributes
    ----------
    stats : SufficientStats
        See `fastgmm.em.stepwise.step`.
    weight : float
        Sum of the weights of all rows.
    blocks : float
        How many blocks of the mean weight these were; what a fit has seen before counts as blocks
        of the weight of the first one that follows.
    mixture : str
        Tells whether the attributes are still those that belong to `stats`.
    """

    stats: SufficientStats
    weight: float
    blocks: float
    mixture: str


def _amount(source):
    """Return the number of the rows of a source, or the sum of their weights."""
    return source.weight if source.weighted else source.n_rows


def _unchanged_if_it_fails(method: Function) -> Function:
    """Give the model the attributes back that it had, whatever ends the method before its end."""

    @wraps(method)
    def wrapper(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return cast("Function", wrapper)


class OnlineMixin(FittingMixture):
    """`partial_fit`, and `fit` by mini-batches, of `GaussianMixture`."""

    n_samples_seen_: float

    _online_constraints = {
        "algorithm": [StrOptions({"em", "minibatch"})],
        "batch_size": [checks.WholeNumber(1), None],
        "learning_decay": [checks.RealNumber(0.5, 1.0, closed="right")],
        "learning_offset": [checks.RealNumber(0.0, 1e300, closed="both")],
        "learning_floor": [checks.RealNumber(0.0, 1.0, closed="left")],
    }

    @_unchanged_if_it_fails
    def partial_fit(
        self, X: Data, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Learn from one more block of rows, by one step of stepwise EM.

        Parameters
        ----------
        X : array-like of shape (N, D), float
            The block. The first one, to which the mixture is fitted by EM, has at least
            `n_components` rows (and 2); later ones may have one.
        y : None
            Ignored, as in scikit-learn.
        sample_weight : array-like of shape (N,), default=None
            Non-negative weights; one is positive.

        Returns
        -------
        GaussianMixture
            Itself. ``lower_bound_`` is the mean log likelihood of the block under the mixture
            before its M-step, ``n_iter_`` the number of blocks since the first or the last fit,
            ``n_samples_seen_`` the number of all rows, those of the fit too. ``converged_`` is that
            of EM.

        Raises
        ------
        ValueError
            X or the weights are not as described, or X is not of the features that were fitted.
            The model is then as it was, also after an interrupt.

        Warns
        -----
        DegenerateComponentWarning, ConvergenceWarning
            Covariances became singular; the block is so far from the mixture that rounding decided
            which component its rows belong to.

        Notes
        -----
        The statistics of the rows, each per unit of weight, are ``s <- (1 - gamma) s + gamma
        s_block`` (Cappé and Moulines, JRSS B 71, 2009), with ``gamma = 1 - exp(-I)``, where I is
        the integral over u of ``max((learning_offset + u)**-learning_decay, r)`` from the number of
        blocks before to that after, ``r = -log(1 - learning_floor)``. Blocks are counted in
        `batch_size` rows (or weight), by default in the mean of those so far: half a block counts
        half. For equal blocks gamma is ``(learning_offset + t)**-learning_decay`` but for its
        square; with ``learning_decay=1, learning_offset=0`` all rows count alike, exactly.

        After a `fit` (or of a model that was loaded, or made of a mixture) what is known are the
        statistics of which the mixture is the M-step, of as many rows as the fit had seen; where
        that is not known, as the block has. So it is if attributes were set in between.

        Examples
        --------
        >>> from fastgmm import GaussianMixture
        >>> from fastgmm.datasets import load_faithful
        >>> X = load_faithful()
        >>> gm = GaussianMixture(2, random_state=0)
        >>> for block in (X[:100], X[100:200], X[200:]):
        ...     _ = gm.partial_fit(block)
        >>> gm.n_samples_seen_, gm.n_iter_
        (272, 3)
        """
        first = not hasattr(self, "means_")
        X, source, options, mixture = self._block(X, sample_weight, first)
        run = EMRun(mixture, converged=True)
        gamma, stream = 1.0, None
        with single_threaded_blas():
            if first:
                run, converged = self._begun(source, options)
            else:
                converged = getattr(self, "converged_", False)
                gamma, stream = self._stream_before(source, options, mixture)
            known = None if first else stream.stats  # type: ignore[union-attr]
            moments, mode = options.covariance.moments, self.assignment
            known, made = step(source, run.mixture, options, known, gamma, mode=mode)
            if not first:
                run.blurred = is_blurred(source, mixture, moments, mode, known)
        seen = _amount(source)
        self._follow(made.mixture, X.dtype, known, stream, seen)
        self.converged_, self.lower_bound_ = converged, made.lower_bound
        self.lower_bounds_ = [made.lower_bound]
        run.floored |= made.floored_components
        self._warn(run, stacklevel=4)
        return self

    def _block(self, X, sample_weight, first):
        """Check a block; return X, its source, the options, and the mixture so far or None."""
        self._validate_params()
        self._check_overridden()
        X, sample_weight = self._checked_rows(
            X, sample_weight, reset=first, allow_missing=self._allows_missing()
        )
        least = max(2, self.n_components)
        if first and len(X) < least:
            raise ValueError(
                f"the first block of partial_fit must have at least {least} rows, n_components "
                f"and 2, got {len(X)}: give more at first; later blocks may have one"
            )
        mixture = None
        if not first:
            mixture = self._scoring_mixture()
            checks.check_goes_on(mixture, self, X.shape[1], "partial_fit", "fit")
        given = self._given_start(X.shape[1])
        source = self._source_of(X, sample_weight)
        if first:
            checks.check_known(source)
        options = self._step_options(source, given)
        if not first:
            mixture = self._last_run(as_dtype(mixture, np.float64), given, options).mixture
        return X, source, options, mixture

    def _begun(self, source, options):
        """Return an EMRun that EM on the first block has ended, and whether it converged."""
        given, runs = self._given_start(source.n_features), []
        for run in self._starts(source, given, self.init_params, options):
            runs.append(run)
            run_em(run, source, options, tol=self.tol, max_iter=self.max_iter, **self._how())
            if run.stopped:
                break
        best = max(runs, key=lambda run: run.lower_bound)
        converged, best.converged = best.converged, True  # of the start there is nothing to warn
        return best, converged

    def _stream_before(self, source, options, mixture):
        """Return the weight of a block, and the Stream before it."""
        stream = vars(self).get("_stream")
        if stream is None or stream.mixture != self._digest():
            weight = float(vars(self).get("_seen", source.weight))
            known = known_by(mixture, options, weight)
            stream = Stream(known, weight, weight / source.weight, "")
        elif stream.stats.second is None and options.estimates("covariances"):
            # They were held until now, and are all that is known of second moments.
            stream = stream._replace(stats=known_by(mixture, options, stream.weight))
        learning = Learning(self.learning_decay, self.learning_offset, self.learning_floor)
        after = stream.weight + source.weight
        unit = self.batch_size
        if unit is None:
            unit = after / (stream.blocks + 1.0)
        return learning.gamma(stream.weight / unit, after / unit), stream

    def _follow(self, mixture, dtype, known, stream, seen):
        """Set the mixture, and what is known of the rows, `seen` of them new."""
        before = dict(vars(self)) if stream else {}
        if "means_" in before:  # float64 where rows of either were
            dtype = np.result_type(dtype, np.asarray(before["means_"]).dtype)
        check_held(mixture, dtype)
        self._set_mixture(as_dtype(mixture, dtype))
        weight, blocks, n_seen, n_iter = seen, 1.0, seen, 1
        if stream:
            weight, blocks = stream.weight + seen, stream.blocks + 1.0
            n_seen = before.get("_seen", 0) + seen
            n_iter = before["n_iter_"] + 1 if "_stream" in before else 1
        self.n_samples_seen_ = self._seen = n_seen
        self.n_iter_ = n_iter
        self._stream = Stream(known, float(weight), blocks, self._digest())

    def _digest(self):
        """Return what tells the attributes of one mixture from those of another."""
        digest = hashlib.blake2b(self.covariance_type.encode(), digest_size=16)
        for name in _COUNTING:
            array = np.asarray(getattr(self, name, None))
            digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _source(self, X, sample_weight, labels=None):
        """Return the source of checked rows for a fit, which forgets the stream before."""
        source = super()._source(X, sample_weight, labels)
        self._seen = _amount(source)
        if vars(self).pop("_stream", None) is not None:
            self.lower_bound_ = -np.inf  # for a warm start: that of a block says nothing of these
        vars(self).pop("n_samples_seen_", None)
        return source

    def _run(self, run, source, options):
        """Fit from the start of an EMRun by the algorithm that is asked for."""
        if not self._draws(source):
            super()._run(run, source, options)
            return
        learning = Learning(self.learning_decay, self.learning_offset, self.learning_floor)
        seed = check_random_state(self.random_state).randint(2**31)
        batches = Batches(self._batch_size(), learning, np.random.default_rng([seed, run.init]))
        how = {"tol": self.tol, "max_iter": self.max_iter}
        run_minibatches(run, source, options, batches, **how, **self._how())

    def _source_of_start(self, source, random_state):
        """Return the source of a sample, where a pass over all rows is too much for a start."""
        size = sample_size(source, self.n_components)
        if not self._draws(source) or source.n_rows <= size:
            return source
        return source.drawn(size, random_state)

    def _batch_size(self):
        if self.batch_size is not None:
            return self.batch_size
        return max(BATCH_ROWS, BATCH_ROWS_PER_COMPONENT * self.n_components)

    def _draws(self, source):
        """Tell whether a fit draws mini-batches: of labelled rows EM sees all."""
        return self.algorithm == "minibatch" and not source.labels.size

    def _stream_to_save(self):
        """Return what a model file has of the stream: ``(numbers, arrays)``; None without one."""
        stream, numbers = vars(self).get("_stream"), {}
        if "_seen" in vars(self):
            numbers["seen"] = self._seen
        if stream is None or stream.mixture != self._digest():
            return numbers, {}
        numbers |= {"weight": stream.weight, "blocks": stream.blocks}
        arrays = {f"stream_{name}": getattr(stream.stats, name) for name in _ARRAYS}
        return numbers, {name: array for name, array in arrays.items() if array is not None}

    def _load_stream(self, numbers, arrays):
        """Set what `_stream_to_save` gave, or raise ValueError."""
        if "seen" in numbers:
            seen = numbers["seen"]
            checks.check_positive(seen, "seen")
            self._seen = seen if type(seen) is int else float(seen)
        if "weight" not in numbers:
            return
        self.n_samples_seen_ = self._seen
        weight, blocks = (checks.check_positive(numbers[n], n) for n in ("weight", "blocks"))
        parts = {name: arrays.get(f"stream_{name}") for name in _ARRAYS}
        k, d = np.shape(self.means_)
        covariance = self._covariance
        second = covariance.products(np.zeros((k, d)), np.zeros((k, d))).shape
        for name, shape in (("nk", (k,)), ("first", (k, d)), ("second", second), ("shift", (k, d))):
            part = parts[name]
            if part is None and name == "second":
                continue
            if part is None or part.shape != shape or part.dtype != np.float64:
                raise ValueError(f"stream_{name} is not float64 of shape {shape}")
            if not np.isfinite(part).all() or (name == "nk" and (part < 0.0).any()):
                raise ValueError(f"stream_{name} has a value that is no sum of such")
        stats = SufficientStats(log_likelihood=0.0, weight=1.0, **parts)
        self._stream = Stream(stats, weight, blocks, self._digest())
