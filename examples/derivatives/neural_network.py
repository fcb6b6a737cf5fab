r"""
A neural network in compiled code
=================================

*Backpropagation* is reverse mode, applied to a neural network. So a network needs no library of
layers: a few products of matrices in a function, compiled by Numba, and
:func:`fastad.value_and_grad`.
"""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numba
import numpy as np
from sklearn.datasets import make_moons

import fastad

# %%
# Two moons of points, that no straight line separates:

X, y = make_moons(300, noise=0.2, random_state=0)
X_test, y_test = make_moons(1000, noise=0.2, random_state=1)

# %%
# The network
# -----------
#
# Two hidden layers of 16 units. The weights are a NamedTuple of arrays; the gradient will be one,
# too.


class Weights(NamedTuple):
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray
    w3: np.ndarray


@numba.njit
def score(weights, X):
    """Return the log-odds of class 1 for each row."""
    h1 = np.tanh(X @ weights.w1 + weights.b1)
    h2 = np.tanh(h1 @ weights.w2 + weights.b2)
    return h2 @ weights.w3


@numba.njit
def loss(weights, X, y):
    """Return the mean of the cross-entropy, and a little weight decay."""
    s = score(weights, X)
    total = 0.0
    for i in range(y.size):
        total += max(s[i], 0.0) - s[i] * y[i] + np.log1p(np.exp(-abs(s[i])))
    decay = np.sum(weights.w1**2) + np.sum(weights.w2**2) + np.sum(weights.w3**2)
    return total / y.size + 1e-4 * decay


value_and_gradient = fastad.value_and_grad(loss)

# %%
# Is it right?
# ------------
#
# The derivative in a random direction, against a divided difference:

rng = np.random.default_rng(0)
weights = Weights(
    rng.normal(size=(2, 16)) / np.sqrt(2),
    np.zeros(16),
    rng.normal(size=(16, 16)) / 4.0,
    np.zeros(16),
    rng.normal(size=16) / 4.0,
)
targets = y.astype(float)
value, gradient = value_and_gradient(weights, X, targets)
direction = [rng.normal(size=w.shape) for w in weights]


def moved(h):
    return Weights(*(w + h * d for w, d in zip(weights, direction, strict=True)))


h = 1e-6
difference = (loss(moved(h), X, targets) - loss(moved(-h), X, targets)) / (2 * h)
slope = sum(np.sum(g * d) for g, d in zip(gradient, direction, strict=True))
print(f"by backpropagation {slope:.8f}, by a difference {difference:.8f}")
assert np.isclose(slope, difference, rtol=1e-6)

# %%
# Training
# --------
#
# Adam keeps a running mean of the gradient and of its square for each weight. It is five lines.

losses = []
mean = [np.zeros_like(w) for w in weights]
square = [np.zeros_like(w) for w in weights]
for step in range(1, 801):
    value, gradient = value_and_gradient(weights, X, targets)
    losses.append(value)
    updated = []
    for k, (w, g) in enumerate(zip(weights, gradient, strict=True)):
        mean[k] = 0.9 * mean[k] + 0.1 * g
        square[k] = 0.999 * square[k] + 0.001 * g**2
        unbiased = mean[k] / (1 - 0.9**step), square[k] / (1 - 0.999**step)
        updated.append(w - 0.01 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8))
    weights = Weights(*updated)

accuracy = np.mean((score(weights, X_test) > 0) == y_test)
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}; right on new points: {100 * accuracy:.1f} %")
assert accuracy > 0.95

# %%
# The picture shows the probability of class 1, the line where it is one half, and the loss.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(10, 4), layout="constrained", width_ratios=(1.6, 1)
)
p, q = np.meshgrid(np.linspace(-1.7, 2.7, 220), np.linspace(-1.3, 1.8, 160))
grid = np.column_stack([p.ravel(), q.ravel()])
probability = (1.0 / (1.0 + np.exp(-score(weights, grid)))).reshape(p.shape)
shades = left.contourf(p, q, probability, np.linspace(0, 1, 11), cmap="PuOr_r", alpha=0.7)
left.contour(p, q, probability, [0.5], colors="black", linewidths=2)
for k, (marker, color) in enumerate((("o", "#5E3C99"), ("^", "#E69F00"))):
    left.plot(*X[y == k].T, marker, color=color, mec="black", mew=0.5, ms=5, label=f"class {k}")
figure.colorbar(shades, label="probability of class 1")
left.set(xlabel="$x_0$", ylabel="$x_1$")
left.legend(loc="upper right")
right.semilogy(losses, color="#0072B2")
right.set(xlabel="step of Adam", ylabel="loss (nats per point)")
right.grid(alpha=0.3, which="both")
plt.show()

# %%
# References
# ----------
#
# * Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986). Learning representations by
#   back-propagating errors. Nature 323.
# * Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
