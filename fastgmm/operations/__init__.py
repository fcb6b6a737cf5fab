"""Operations on mixtures: what is Gaussian stays so.

* `features`: `marginal` and `conditional` mixtures, of some features.
* `components`: `merge`, `prune`, `moment_match`, `affine`, `bhattacharyya`.
* `pointwise`: `score` and `condition_mean` at one point, and `kl_divergence`, for hot loops.
* `making`: `make_mixture` and `with_` of compiled code.
"""

from . import making  # noqa: F401  (for its overloads)
from .components import affine, bhattacharyya, merge, moment_match, prune
from .features import Regression, conditional, make_regression, marginal
from .pointwise import condition_mean, kl_divergence, score

__all__ = [
    "Regression",
    "affine",
    "bhattacharyya",
    "condition_mean",
    "conditional",
    "kl_divergence",
    "make_regression",
    "marginal",
    "merge",
    "moment_match",
    "prune",
    "score",
]
