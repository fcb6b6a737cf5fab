"""What a fitted mixture says of missing values: their means given what is known, and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from ..covariances.factors import inverses_of
from ..missing import MissingSource
from ..mixture import as_dtype, assemble
from ..passes.sources import ArraySource
from ..passes.threads import single_threaded_blas
from .fitted import FittedMixture

if TYPE_CHECKING:
    from .._typing import Floats, RandomState
    from ..rows import Data


_ROWS = 2**14  # whose missing values are drawn together


class MissingValuesMixin(FittedMixture):
    """The methods of `GaussianMixture` that fill in missing values."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = self._allows_missing()
        return tags

    def impute(self, X: Data) -> Floats:
        """Fill in missing values by their means, given the known values of their rows.

        Parameters
        ----------
        X : array-like of shape (N, D), float
            NaN where a value is missing, whatever the parameter `missing` says.

        Returns
        -------
        ndarray of shape (N, D)
            A copy of X, of its dtype (float64 or float32). Known values are as they were. A
            missing one is ``E[x_missing | x_known]``: the mean of the components' conditional
            means, by the responsibilities that they have given what is known. A row that misses
            all becomes the mean of the mixture.

        Raises
        ------
        ValueError
            If X has an infinity in it, or not as many features as the fit.

        See Also
        --------
        sample_missing : draws, which keep the spread that means have not.
        predict_mean : the same where all rows miss the same features.

        References
        ----------
        Ghahramani and Jordan, "Supervised learning from incomplete data via an EM approach", NIPS
        6, 1994.

        Examples
        --------
        >>> import numpy as np
        >>> from fastgmm import GaussianMixture
        >>> from fastgmm.datasets import load_faithful
        >>> gm = GaussianMixture(2, random_state=0).fit(load_faithful())
        >>> gm.impute([[2.0, np.nan], [4.5, np.nan], [4.0, 80.0]]).round(1)
        array([[ 2. , 54.2],
               [ 4.5, 81.1],
               [ 4. , 80. ]])
        """
        source, mixture = self._checked_in_memory(X)
        filled = np.array(source.X)
        if not source.complete:
            source.scores(mixture, self._covariance.moments, {"filled": filled})
        return filled

    def sample_missing(self, X: Data, random_state: RandomState = None) -> Floats:
        """Draw missing values from their distribution, given the known values of their rows.

        Parameters
        ----------
        X : array-like of shape (N, D), float
            NaN where a value is missing, whatever the parameter `missing` says.
        random_state : int, RandomState instance or None, default=None
            None takes that of the constructor. Of several imputations each needs its own.

        Returns
        -------
        ndarray of shape (N, D)
            A copy of X, of its dtype (float64 or float32). Known values are as they were; those
            that a row misses are drawn together.

        Raises
        ------
        ValueError
            If X has an infinity in it, or not as many features as the fit.

        Notes
        -----
        A component is drawn by the responsibilities, then x by it, with all its features. To x is
        added the conditional mean of the missing ones, given by how much the row differs from x in
        the known ones: the sum has the conditional distribution (Hoffman and Ribak, "Constrained
        realizations of Gaussian fields", Astrophysical Journal 380, 1991).

        Examples
        --------
        >>> import numpy as np
        >>> from fastgmm import GaussianMixture
        >>> from fastgmm.datasets import load_faithful
        >>> gm = GaussianMixture(2, random_state=0).fit(load_faithful())
        >>> draws = gm.sample_missing(np.tile([4.5, np.nan], (10000, 1)))
        >>> bool(abs(draws[:, 1].mean() - 81.1) < 0.3)
        True
        """
        source, mixture = self._checked_in_memory(X)
        filled = np.array(source.X)
        if source.complete:
            return filled
        seed = self.random_state if random_state is None else random_state
        seed = check_random_state(seed).randint(2**31)
        generator = np.random.Generator(np.random.PCG64(seed))
        mixture = as_dtype(mixture, np.float64)
        with single_threaded_blas():  # the same values for any number of threads
            for start in range(0, len(filled), _ROWS):
                rows = filled[start : start + _ROWS]
                missing = np.isnan(rows)
                rows[missing] = self._drawn(rows, mixture, generator)[missing]
        return filled

    def _checked_in_memory(self, X):
        """Check rows whatever `missing` says; return their source and the Mixture."""
        source, mixture = self._checked(X, allow=True)
        if not isinstance(source, ArraySource):
            raise TypeError(f"X must be rows in memory, got {X!r}: open_rows(..., cache=True)")
        return source, mixture

    def _drawn(self, rows, mixture, generator):
        """Return rows (n, D), float64, with what they miss drawn; the others are rounded."""
        weights, means, covariances, factors, _ = mixture
        moments, (k, d) = self._covariance.moments, means.shape
        resp = np.empty((len(rows), k))
        MissingSource(rows).scores(mixture, moments, {"resp": resp})
        total = np.cumsum(resp, axis=1)
        level = generator.random((len(rows), 1)) * total[:, -1:]
        labels = np.minimum(np.count_nonzero(total <= level, axis=1), k - 1)
        drawn = generator.standard_normal((len(rows), d))
        roots = inverses_of(factors) if factors.ndim == 3 else 1.0 / factors
        for j in np.unique(labels):
            root, of_j = roots[j % len(roots)], labels == j
            drawn[of_j] = drawn[of_j] @ root if root.ndim == 2 else drawn[of_j] * root
        about_zero = assemble(weights, np.zeros_like(means), covariances, factors)
        apart = (rows - means[labels]) - drawn
        MissingSource(apart, labels=labels).scores(about_zero, moments, {"filled": apart})
        return means[labels] + (drawn + apart)
