r"""
Jacobians: columns by jvp, rows by vjp
======================================

A function of :math:`n` numbers with :math:`m` results has :math:`m \times n` derivatives, its
Jacobian

.. math:: J_{ij} = \frac{\partial f_i}{\partial x_j}.

One forward pass gives :math:`J \dot x`, a combination of columns. One reverse sweep gives
:math:`\bar w J`, a combination of rows. Unit vectors give the columns and rows themselves.
"""

import math

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# A robot's arm in the plane has three joints. Each angle is counted from the segment before. Where
# the hand is depends on all three.


@numba.njit
def hand(angles, lengths):
    position = np.zeros_like(angles[:2])
    direction = 0.0
    for k in range(len(angles)):
        direction += angles[k]
        position[0] += lengths[k] * math.cos(direction)
        position[1] += lengths[k] * math.sin(direction)
    return position


angles = np.radians([50.0, -35.0, -40.0])
lengths = np.array([1.0, 0.8, 0.5])
print("the hand is at", hand(angles, lengths))

# %%
# Columns, forward
# ----------------
#
# Column :math:`j` says how the hand moves while joint :math:`j` turns. The seed is the unit vector
# of joint :math:`j`.

push_forward = fastad.jvp(hand)
columns = [push_forward(angles, lengths, unit)[1] for unit in np.eye(3)]
by_columns = np.column_stack(columns)
print(by_columns)

# %%
# Rows, in reverse
# ----------------
#
# Row :math:`i` says which joints move the hand along axis :math:`i`. The seed is a unit vector of
# the *result*, so that here two sweeps do.

pull_back = fastad.vjp(hand)
by_rows = np.vstack([pull_back(angles, lengths, unit)[1] for unit in np.eye(2)])
print(by_rows)

# %%
# fastad.jacobian
# ---------------
#
# :func:`fastad.jacobian` does either, whichever takes less (see :doc:`choosing_a_mode`).

jacobian = fastad.jacobian(hand)(angles, lengths)
print(jacobian)

ends = [hand(angles, lengths * (np.arange(3) < k)) for k in range(4)]
joints = np.array(ends)  # where the arm ends if only its first k segments have a length
lever = joints[3] - joints[:3]  # from each joint to the hand
by_hand = np.array([-lever[:, 1], lever[:, 0]])  # a quarter turn of the lever
for computed in (by_columns, by_rows, jacobian):
    assert np.allclose(computed, by_hand, rtol=1e-13)

# %%
# In the picture each arrow is a column: the velocity of the hand while that joint turns at one
# radian a second. By geometry it is at right angles to the line from the joint to the hand, and as
# long as that line; the assertion above checked just this.

figure, axes = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
axes.plot(*joints.T, color="0.3", lw=5, solid_capstyle="round", zorder=1)
for k, color in enumerate(("#D55E00", "#0072B2", "#009E73")):
    axes.plot(*joints[k], "o", ms=11, color=color, zorder=2)
    axes.plot(*np.column_stack([joints[k], joints[3]]), ":", color=color)
    axes.quiver(
        *joints[3],
        *jacobian[:, k],
        color=color,
        angles="xy",
        scale_units="xy",
        scale=1.5,
        label=f"column {k + 1}: joint {k + 1} turns",
    )
axes.plot(*joints[3], "s", ms=9, color="black", zorder=3)
axes.set(xlabel="metres", ylabel="metres", aspect="equal", xlim=(-0.3, 3.0), ylim=(-0.3, 2.4))
axes.legend(loc="upper left")
plt.show()

# %%
# Turn it round
# -------------
#
# To move the hand a little by :math:`\Delta`, solve :math:`J\,\Delta\alpha = \Delta`. There are
# three joints for two numbers; of the many answers ``lstsq`` gives the shortest. Five such steps
# reach a given point.

goal = np.array([1.2, 1.4])
for step in range(5):
    missing = goal - hand(angles, lengths)
    print(f"step {step}: the hand misses the goal by {np.hypot(*missing):.1e} metres")
    jacobian = fastad.jacobian(hand)(angles, lengths)
    angles = angles + np.linalg.lstsq(jacobian, missing)[0]
assert np.hypot(*(goal - hand(angles, lengths))) < 1e-8

# %%
# References
# ----------
#
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 3.
# * Whitney, D. E. (1969). Resolved motion rate control of manipulators and human prostheses. IEEE
#   Transactions on Man-Machine Systems 10.
