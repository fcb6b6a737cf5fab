"""Segment a photograph by colour: a Gaussian mixture of its 273,280 pixels.

Sixteen components with full covariances are fitted to the red, green and blue of every pixel
of china.jpg, a sample photograph of scikit-learn. Each pixel is then painted in the mean
colour of its component, before and after side by side.

    python examples/china_segmentation.py --out china_segmentation.png
"""

import argparse
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image

from fastgmm import GaussianMixture


def segment(image, n_components, max_iter=200):
    """Fit a mixture to the pixels, and print how long it took and how well it explains them.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), dtype uint8
        The photograph.
    n_components : int
        Number of components.
    max_iter : int, default=200
        Largest number of EM iterations.

    Returns
    -------
    model : GaussianMixture
        The fitted mixture of colours, between 0 and 1.
    painted : ndarray of shape (height, width, 3), dtype float64
        The photograph in the mean colours of the components.
    """
    pixels = image.reshape(-1, 3) / 255.0
    start = time.perf_counter()
    model = GaussianMixture(n_components, max_iter=max_iter, random_state=0).fit(pixels)
    fit_time = time.perf_counter() - start
    labels = model.predict(pixels)
    # the fit's lower bound is that before its last step; the score is that of the result
    log_likelihood = model.score(pixels) * len(pixels)
    print(f"{len(pixels):,} pixels, {n_components} components, full covariances")
    print(f"fit: {fit_time:.2f} s, {model.n_iter_} iterations")
    print(f"log-likelihood: {log_likelihood:,.1f}")
    return model, model.means_[labels].reshape(image.shape)


def draw(image, painted, n_components, path):
    """Write both pictures side by side."""
    figure = Figure(figsize=(10, 3.7), dpi=150, layout="constrained")
    titles = ("before", f"after: the mean colours of {n_components} components")
    pictures = (image, np.clip(painted, 0, 1))
    for ax, picture, title in zip(figure.subplots(1, 2), pictures, titles, strict=True):
        ax.imshow(picture)
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    figure.savefig(path)
    print(f"picture: {Path(path).resolve()}")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--max-iter", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("china_segmentation.png"))
    arguments = parser.parse_args(argv)
    image = load_sample_image("china.jpg")
    _, painted = segment(image, arguments.components, arguments.max_iter)
    draw(image, painted, arguments.components, arguments.out)


if __name__ == "__main__":
    main()
