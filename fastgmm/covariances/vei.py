"""Covariances whose volumes vary, with one shape for all, and axes along the features."""

import numpy as np

from .types import Diag

MOST_STEPS = 200
CONVERGED = 1e-12  # relative change of the volumes


class VEI(Diag):
    """``volume_k * shape``: diagonal, the shape (of determinant 1) common to all components.

    Notes
    -----
    The estimate alternates between ``volume_k = sum_d scatter_kd / shape_d / (D nk)`` and the shape
    of ``sum_k scatter_k / volume_k``: neither has a closed form while the other is free.

    References
    ----------
    Celeux and Govaert, "Gaussian parsimonious clustering models", Pattern Recognition 28, 1995,
    model [lambda_k B]; mclust (Scrucca and others, The R Journal 8, 2016) names it VEI.
    """

    name = "VEI"

    def n_parameters(self, k, d):
        return k + d - 1

    def estimate(self, scatter, nk, d, reg_covar, factors=None):
        scatter += reg_covar * nk[:, np.newaxis]
        volumes = scatter.sum(axis=1) / (d * nk)
        some = volumes > 0.0
        if not (scatter[some].sum(axis=0) > 0.0).all():  # constant features have no shape
            return scatter / nk[:, np.newaxis]
        for _ in range(MOST_STEPS):
            shape = (scatter[some] / volumes[some, np.newaxis]).sum(axis=0)
            shape /= np.exp(np.log(shape).mean())
            before, volumes = volumes, (scatter / shape).sum(axis=1) / (d * nk)
            if (np.abs(volumes - before) <= CONVERGED * before).all():
                break
        return volumes[:, np.newaxis] * shape

    def with_variances(self, variances, k):
        # Of one variance: the features' ratios are those of the other components, not of all rows.
        return super().with_variances(np.full_like(variances, variances.mean()), k)
