"""Covariances of all types.

* `types` says what a type is; `vei` is one beside scikit-learn's four. `TYPES` has them all.
* `factors`: Cholesky factors of precisions, and back.
* `definite`: which covariances are singular to working precision, and the floor to which their
  variances are raised.
"""

from .types import Diag, Full, Spherical, Tied
from .vei import VEI

TYPES = {t.name: t for t in (Full(), Tied(), Diag(), Spherical(), VEI())}
COVARIANCE_TYPES = tuple(TYPES)
SKLEARNS = ("full", "tied", "diag", "spherical")


def by_shape(shape, k, d):
    """Return the type, of scikit-learn's four, of covariances or moments of a shape.

    Where two types are the same model, the first is named: one component is full rather than tied,
    one dimension diag rather than spherical.
    """
    for name in SKLEARNS:
        if TYPES[name].shape(k, d) == shape:
            return TYPES[name]
    raise ValueError(f"no covariances of {k} components in {d} dimensions have the shape {shape}")


__all__ = ["COVARIANCE_TYPES", "SKLEARNS", "TYPES", "by_shape"]
