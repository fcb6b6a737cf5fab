r"""
Heavy overlap: when EM is slow
==============================

Near its end each EM iteration shrinks the distance to the top by a constant factor :math:`\rho`,

.. math:: \lVert \theta_{t+1} - \theta^* \rVert \approx \rho \, \lVert \theta_t - \theta^* \rVert,

where :math:`\rho` is the largest share of information that is missing with the labels (Dempster,
Laird and Rubin). Where components stand apart, labels are as good as known, and :math:`\rho` is
near zero. Where they overlap it is near one, and EM needs hundreds of iterations. But steps that
shrink so regularly can be extrapolated: ``acceleration="squarem"`` and ``"anderson"`` do so. The
tops are EM's.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastgmm import GaussianMixture
from fastgmm.plotting import PALETTE

rng = np.random.default_rng(0)
half = rng.normal(size=(1000, 2))

# %%
# The same two round clusters, brought nearer and nearer. From one start each way is followed, and
# the best value that any of them finds is called the top.


def start(distance):
    """Return options of a fit that starts around the two true centres."""
    return {
        "weights_init": [0.5, 0.5],
        "means_init": [[-0.3, 0.3], [distance + 0.3, -0.3]],
        "covariances_init": [np.eye(2)] * 2,
        "reg_covar": 0.0,
        "max_iter": 20_000,
    }


kinds = ("none", "squarem", "anderson")
curves = {}
for distance in (4.0, 3.0, 2.0):
    X = half + np.where(np.arange(1000) < 500, 0.0, distance)[:, np.newaxis] * [1.0, 0.0]
    for kind in kinds:
        model = GaussianMixture(2, acceleration=kind, tol=1e-13, **start(distance)).fit(X)
        curves[distance, kind] = np.array(model.lower_bounds_)
        curves[distance, kind + " means"] = model.means_

# %%

fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.8), sharey=True, layout="constrained")
styles = {"none": ("-", "EM"), "squarem": ("--", "SQUAREM"), "anderson": ("-.", "Anderson")}
print("passes over the rows to within 1e-8 nats a row of the top")
print(f"{'distance':<10}" + "".join(f"{styles[kind][1]:>10}" for kind in kinds))
passes = {}
for ax, distance in zip(axes, (4.0, 3.0, 2.0), strict=True):
    top = max(curves[distance, kind].max() for kind in kinds)
    for kind, color in zip(kinds, PALETTE, strict=False):
        bounds = curves[distance, kind]
        assert abs(bounds[-1] - top) < 1e-8  # all find the same top
        passes[distance, kind] = 1 + int(np.argmax(bounds > top - 1e-8))
        style, label = styles[kind]
        ax.plot(
            1 + np.arange(len(bounds)), top - bounds, style, color=color, linewidth=2, label=label
        )
    print(f"{distance:<10g}" + "".join(f"{passes[distance, kind]:>10}" for kind in kinds))
    ax.set(xscale="log", yscale="log", ylim=(1e-11, 1), xlabel="passes over the rows")
    ax.set_title(f"centres {distance:g} deviations apart")
axes[0].set_ylabel("below the top (nats a row)")
axes[0].legend(frameon=False)
plt.show()

# %%
# Four deviations apart there is little to gain. At two EM needs hundreds of passes, and the
# accelerations a part of them. An acceleration may take another path, and where there are several
# tops end on another; here they agree.

for distance in (4.0, 3.0, 2.0):
    for kind in kinds[1:]:
        gap = np.abs(curves[distance, kind + " means"] - curves[distance, "none means"]).max()
        assert gap < 1e-2, (distance, kind, gap)
assert passes[2.0, "none"] > 10 * passes[4.0, "none"]
assert passes[2.0, "anderson"] < passes[2.0, "none"] / 3

# %%
# The factor :math:`\rho` can be read off EM's own steps: gains in likelihood shrink by its square.

print("distance   rho")
for distance in (4.0, 3.0, 2.0):
    gains = np.diff(curves[distance, "none"])
    late = np.flatnonzero((gains > 1e-10) & (gains < 1e-7))
    rate = np.sqrt((gains[late[-1]] / gains[late[0]]) ** (1 / max(late[-1] - late[0], 1)))
    print(f"{distance:<11g}{rate:.3f}")

# %%
# References
# ----------
#
# * Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data
#   via the EM algorithm. Journal of the Royal Statistical Society B 39, 1-38.
# * Varadhan, R. and Roland, C. (2008). Simple and globally convergent methods for accelerating
#   the convergence of any EM algorithm. Scandinavian Journal of Statistics 35, 335-353.
# * Walker, H. F. and Ni, P. (2011). Anderson acceleration for fixed-point iterations. SIAM
#   Journal on Numerical Analysis 49, 1715-1735.
