r"""
Covariance types: how much shape may a cluster have?
====================================================

The covariance :math:`\Sigma_k` is the shape of a component, and in :math:`D` dimensions most of
the parameters are in it. Restricting it means fewer parameters to learn from the same rows:

============  ==========================================================  =======================
type          the covariance of component :math:`k`                       its parameters, of all
============  ==========================================================  =======================
full          any :math:`\Sigma_k`                                        :math:`K D (D + 1) / 2`
tied          the same :math:`\Sigma` for all                             :math:`D (D + 1) / 2`
diag          diagonal: axes are aligned, :math:`\sigma_{kd}^2`           :math:`K D`
VEI           diagonal, and of one shape: :math:`\lambda_k a_d`           :math:`K + D - 1`
spherical     :math:`\sigma_k^2 I`: circles                               :math:`K`
============  ==========================================================  =======================

(VEI is the name of Celeux and Govaert's model :math:`[\lambda_k A]` in the R package mclust;
scikit-learn has the other four.) Beside these come :math:`K D` for the means and :math:`K - 1` for
the weights. A criterion such as :math:`\text{BIC} = -2 \log L + p \log N` says whether :math:`p`
parameters were worth it: the smallest is the best.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import GaussianMixture as SklearnMixture

from fastgmm import GaussianMixture
from fastgmm.datasets import load_faithful
from fastgmm.plotting import plot_mixture

# %%
# Old Faithful's eruptions, in standard deviations: a circle would have no meaning if one axis were
# minutes and the other hours. The same two components are fitted with each type.

X = load_faithful()
Z = (X - X.mean(axis=0)) / X.std(axis=0)
N, D, K = *Z.shape, 2
numbers = {
    "full": K * D * (D + 1) // 2,
    "tied": D * (D + 1) // 2,
    "diag": K * D,
    "VEI": K + D - 1,
    "spherical": K,
}
models = {
    kind: GaussianMixture(K, covariance_type=kind, tol=1e-9, max_iter=1000, random_state=0).fit(Z)
    for kind in numbers
}

# %%
# The formula of BIC, with the numbers of the table, is what ``bic`` returns. For the four types
# that scikit-learn has, scikit-learn's fit has the same BIC.

print(f"{'type':<11}{'parameters':>11}{'log-likelihood':>16}{'BIC':>10}")
for kind, model in models.items():
    p = numbers[kind] + K * D + K - 1
    log_likelihood = N * model.score(Z)
    bic = -2 * log_likelihood + p * np.log(N)
    assert np.isclose(bic, model.bic(Z), rtol=1e-12)
    if kind != "VEI":
        theirs = SklearnMixture(K, covariance_type=kind, tol=1e-9, max_iter=1000, random_state=0)
        assert abs(theirs.fit(Z).bic(Z) - bic) < 1e-3
    print(f"{kind:<11}{p:>11}{log_likelihood:>16.2f}{bic:>10.2f}")

# %%
# VEI's variances have one ratio in both components; diag's do not.

for kind in ("VEI", "diag"):
    print(f"{kind:<5}ratio of variances:", np.round(np.divide(*models[kind].covariances_.T), 4))

ratios = np.divide(*models["VEI"].covariances_.T)
assert np.isclose(*ratios)

# %%

fig, axes = plt.subplots(2, 3, figsize=(10, 6.4), sharex=True, sharey=True, layout="constrained")
for ax, (kind, model) in zip(axes.flat, models.items(), strict=False):
    plot_mixture(Z, model, ax, legend=False)
    ax.set(title=f"{kind}: BIC {model.bic(Z):.1f}", xlabel="", ylabel="", aspect="equal")
axes[0, 2].tick_params(labelbottom=True)  # below it there is no picture
axes[1, 2].axis("off")
fig.supxlabel("eruption (standard deviations)")
fig.supylabel("waiting (standard deviations)")
plt.show()

# %%
# Each cluster leans to the upper right: a longer eruption is followed by a longer wait, within a
# cluster too. Only *full* and *tied* ellipses can lean, and they have the two smallest BIC. *Tied*
# ones must be alike. That saves three parameters and costs ten nats of likelihood, a little more
# than they are worth here.

best = sorted(models, key=lambda kind: models[kind].bic(Z))
assert best[:2] == ["full", "tied"]
print("from the best to the worst:", ", ".join(best))

# %%
# References
# ----------
#
# * Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern
#   Recognition 28, 781-793.
# * Fraley, C. and Raftery, A. E. (2002). Model-based clustering, discriminant analysis, and
#   density estimation. Journal of the American Statistical Association 97, 611-631.
