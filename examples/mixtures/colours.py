r"""
The colours of a photograph
===========================

A photograph is a table of colours: each pixel is a point in the cube of red, green and blue. A
mixture of the pixels

.. math:: p(c) = \sum_k \pi_k \, \mathcal N(c \mid \mu_k, \Sigma_k), \qquad c \in [0, 1]^3

is a palette: :math:`\mu_k` are its colours, :math:`\pi_k` how much of the picture each takes, and
:math:`\Sigma_k` says how a colour shades off, for light and shadow make a cluster long. Paint each
pixel in the mean of its most likely component, and the picture is redrawn by a few numbers.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from fastgmm import GaussianMixture

# %%
# One of scikit-learn's sample photographs, 273,280 pixels. All are fitted, not a sample of them.

image = load_sample_image("china.jpg")
pixels = image.reshape(-1, 3) / 255.0
models = {k: GaussianMixture(k, max_iter=200, random_state=0).fit(pixels) for k in (4, 16)}

# %%
# Two ways to redraw it. *Hard*: each pixel in the mean of its most likely component. *Soft*: in
# the blend of means by its responsibilities. The error is the root mean square over pixels and
# channels, of 255.

hard, soft = {}, {}
for k, model in models.items():
    hard[k] = model.means_[model.predict(pixels)]
    soft[k] = model.predict_proba(pixels) @ model.means_
    errors = [255 * np.sqrt(((picture - pixels) ** 2).mean()) for picture in (hard[k], soft[k])]
    print(f"{k:>2} components: error {errors[0]:.1f} hard, {errors[1]:.1f} soft")
spread = 255 * np.sqrt(((pixels - pixels.mean(axis=0)) ** 2).mean())
print(f"one colour, the mean: error {spread:.1f}")
assert np.sqrt(((hard[16] - pixels) ** 2).mean()) < np.sqrt(((hard[4] - pixels) ** 2).mean())

# %%

fig, axes = plt.subplots(2, 2, figsize=(10, 7.2), layout="constrained")
pictures = {
    "the photograph": pixels,
    "4 colours": hard[4],
    "16 colours": hard[16],
    "16 components, blended": soft[16],
}
for ax, (title, picture) in zip(axes.flat, pictures.items(), strict=True):
    ax.imshow(np.clip(picture, 0, 1).reshape(image.shape))
    ax.set_title(title)
    ax.axis("off")
plt.show()

# %%
# The palette, sorted by brightness. Bars are as long as the weights; the weights are close to the
# shares of pixels that each component gets.

model = models[16]
order = np.argsort(model.means_ @ [0.299, 0.587, 0.114])
shares = np.bincount(model.predict(pixels), minlength=16) / len(pixels)
fig, (bars, cube) = plt.subplots(
    1, 2, figsize=(10, 4.2), width_ratios=(1.2, 1), layout="constrained"
)
bars.bar(
    range(16),
    100 * model.weights_[order],
    color=np.clip(model.means_[order], 0, 1),
    edgecolor="0.3",
)
bars.plot(
    range(16), 100 * shares[order], "_", color="black", markersize=14, label="share of pixels"
)
bars.set(xlabel="component, from dark to bright", ylabel="weight (%)", xticks=[])
bars.legend(frameon=False, loc="upper left")
some = pixels[np.random.default_rng(0).choice(len(pixels), 8000, replace=False)]
cube.scatter(some[:, 0], some[:, 2], c=some, s=3, linewidths=0)
cube.scatter(
    model.means_[:, 0], model.means_[:, 2], c=np.clip(model.means_, 0, 1), s=70, edgecolors="black"
)
cube.set(xlabel="red (share of full)", ylabel="blue (share of full)", aspect="equal")
plt.show()

# %%
# Light and shadow: the longest axis of most clusters lies within 15 degrees of the diagonal from
# black to white. Where clusters overlap the means alone redraw badly, and the blend has the
# smaller squared error here.

lengths, axes_of = np.linalg.eigh(model.covariances_)  # lengths in ascending order
tilt = np.degrees(np.arccos(np.abs(axes_of[:, :, 2].sum(axis=1)) / np.sqrt(3)))
print(f"{(tilt < 15).sum()} of 16 within 15 degrees of the diagonal")
print("length of the longest axis over the next, median:", end=" ")
print(f"{np.median(np.sqrt(lengths[:, 2] / lengths[:, 1])):.1f}")
assert (tilt < 15).sum() > 8

for k in models:
    assert ((soft[k] - pixels) ** 2).mean() < ((hard[k] - pixels) ** 2).mean()

# %%
# References
# ----------
#
# * Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 9.1.1. Springer.
# * Permuter, H., Francos, J. and Jermyn, I. (2006). A study of Gaussian mixture models of color
#   and texture features for image classification and segmentation. Pattern Recognition 39,
#   695-706.
