r"""
Choosing a mode: tall and wide Jacobians
========================================

A Jacobian of :math:`n` inputs and :math:`m` results has :math:`n` columns and :math:`m` rows.
Forward mode computes columns, reverse mode rows. So forward mode should win where the Jacobian is
tall, reverse mode where it is wide. Where do they meet? That is measured here.
"""

import math
import time

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# The function multiplies an :math:`m \times n` matrix by :math:`x` and bends each result. All
# shapes have :math:`n\,m = 4096` entries, so that one evaluation is as many products for each.


@numba.njit
def layer(x, weights):
    out = np.empty(weights.shape[0])
    for i in range(weights.shape[0]):
        total = 0.0
        for j in range(x.size):
            total += weights[i, j] * x[j]
        out[i] = math.tanh(total)
    return out


modes = {
    "forward": fastad.jacobian(layer, mode="forward"),
    "reverse": fastad.jacobian(layer, mode="source"),
    "auto": fastad.jacobian(layer),
}

# %%
# All three give the Jacobian :math:`J_{ij} = (1 - \tanh^2 (Wx)_i)\,W_{ij}`.

entries = 4096
rng = np.random.default_rng(0)
shapes = [(n, entries // n) for n in (4, 8, 16, 32, 64, 128, 256, 512, 1024)]
times = {name: [] for name in modes}
for n, m in shapes:
    weights, x = rng.normal(size=(m, n)) / np.sqrt(n), rng.normal(size=n)
    by_hand = (1.0 - np.tanh(weights @ x) ** 2)[:, None] * weights
    for name, jacobian in modes.items():
        assert np.allclose(jacobian(x, weights), by_hand, rtol=1e-12, atol=1e-14)
        runs = []
        for _ in range(7):
            begin = time.perf_counter()
            jacobian(x, weights)
            runs.append(time.perf_counter() - begin)
        times[name].append(min(runs))


def two_digits(number):
    return np.format_float_positional(number, 2, fractional=False, trim="-")


print("   n     m   forward / reverse")
for (n, m), forward, reverse in zip(shapes, times["forward"], times["reverse"], strict=True):
    print(f"{n:4}  {m:4}   {two_digits(forward / reverse):>8}")

# %%
# Tall is forward's, wide is reverse's
# ------------------------------------
#
# Forward mode takes :math:`n/8` passes: fastad carries 8 columns through each. Reverse mode takes
# :math:`m` sweeps. From the left to the right :math:`n` grows and :math:`m` falls, so one line goes
# up and the other down.

ratio = np.array(times["forward"]) / np.array(times["reverse"])
inputs = np.array([n for n, _ in shapes])
crossing = np.exp(np.interp(0.0, np.log(ratio), np.log(inputs)))
print(f"they meet near n = {crossing:.0f}, m = {entries / crossing:.0f}")

figure, axes = plt.subplots(figsize=(7, 4.3), layout="constrained")
styles = {
    "forward": ("o-", "#D55E00", 2.0, "forward mode"),
    "reverse": ("s-", "#0072B2", 2.0, "reverse mode"),
    "auto": ("--", "black", 1.5, "auto"),
}
for name, (style, color, width, label) in styles.items():
    axes.loglog(inputs, 1e6 * np.array(times[name]), style, color=color, lw=width, label=label)
axes.axvline(crossing, color="0.6", lw=1, ls=":")
axes.set_xticks(inputs, [f"{n}\n{m}" for n, m in shapes])
axes.minorticks_off()
axes.set(xlabel="inputs $n$ (above) and results $m$ (below)", ylabel="time (microseconds)")
axes.legend()
plt.show()

# %%
# Reverse mode is steeper on the left than :math:`m` sweeps explain: from 512 to 1024 results its
# time grows about fivefold. Each sweep runs the function again, and evaluates all :math:`m`
# hyperbolic tangents to seed one of them. Beside 4096 products a few are nothing; a thousand are
# most of the work, and of them there are :math:`m^2`, a million. Forward mode evaluates them once
# in each pass, and has one pass for 4 inputs as for 8: there its line does not fall any more.
#
# What auto does
# --------------
#
# With ``mode="auto"``, the default, fastad looks at the shape when it is called, and takes the
# adjoint where the result is an eighth as long as the argument or less. That is where its line
# drops from one mode's to the other's. Near the crossing there is little to win, so the limit need
# not be exact. ``g.why`` tells what was decided.

print("mode:", modes["auto"].mode)
print("why: ", modes["auto"].why)

# %%
# A gradient is the widest of all: one row. There forward mode would take :math:`n/8` passes for
# what one sweep gives. This is the *cheap gradient principle*: the gradient costs a few
# evaluations, whatever the number of variables.
#
# References
# ----------
#
# * Baur, W. and Strassen, V. (1983). The complexity of partial derivatives. Theoretical Computer
#   Science 22.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 3.
