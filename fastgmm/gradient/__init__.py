"""Fits by gradient, and standard errors: where fastgmm meets fastad.

* `fit_map` maximises the likelihood, or the posterior, of a Gaussian mixture.
* `maximum_likelihood` does so for any density that you write as an ``@njit`` function.
* `standard_errors` of both, by the observed information.

Inside: `parameters` (mixtures as vectors), `objective` (what is differentiated), `optimise`.
"""

from ..em.prior import Prior, default_prior
from .errors import StandardErrors, standard_errors
from .fit import MapFit, fit_map
from .likelihood import Estimate, maximum_likelihood

__all__ = [
    "Estimate",
    "MapFit",
    "Prior",
    "StandardErrors",
    "default_prior",
    "fit_map",
    "maximum_likelihood",
    "standard_errors",
]
