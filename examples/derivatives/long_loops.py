r"""
Long loops: checkpoints, or memory against time
===============================================

Reverse mode goes through a loop backwards, so it needs the states of all steps in the opposite
order. Keeping them all takes memory that grows with the steps. The other way is to keep a few, the
*checkpoints*, and to compute the others again from the nearest one before.
:class:`fastad.checkpoint` does that.
"""

import math
import time

import matplotlib.pyplot as plt
import numba
import numpy as np

import fastad

# %%
# The loop
# --------
#
# A string that is plucked, and let go: 2000 steps of a wave equation on 200 points. The result is
# the energy of its left half at the end. In ``with_checkpoints`` one word differs.


@numba.njit
def advance(now, before, next_, courant):
    for i in range(1, now.size - 1):
        bend = now[i - 1] - 2.0 * now[i] + now[i + 1]
        next_[i] = 2.0 * now[i] - before[i] + courant * bend - 0.01 * now[i] ** 3


@numba.njit
def with_checkpoints(start, courant, steps, snapshots):
    now, before, next_ = start.copy(), start.copy(), np.zeros_like(start)
    for _ in fastad.checkpoint(steps, snapshots):
        advance(now, before, next_, courant)
        before[:] = now
        now[:] = next_
    return np.sum(now[: now.size // 2] ** 2)


@numba.njit
def keeping_all(start, courant, steps):
    now, before, next_ = start.copy(), start.copy(), np.zeros_like(start)
    for _ in range(steps):
        advance(now, before, next_, courant)
        before[:] = now
        now[:] = next_
    return np.sum(now[: now.size // 2] ** 2)


# %%
# What the checkpoints cost
# -------------------------
#
# With :math:`s` checkpoints and every step computed again at most :math:`r` times, :math:`\binom{s
# + r}{s}` steps can be reversed. Reversing :math:`n` steps takes
#
# .. math:: r\,n - \binom{s + r}{s + 1} + 1
#
# steps without derivatives, with the least such :math:`r` (Griewank and Walther 2000), and then
# :math:`n` with them. So a state less in memory costs steps, but at first very few.


def steps_again(n, s):
    r = 0
    while math.comb(s + r, s) < n:
        r += 1
    return r * n - math.comb(s + r, s + 1) + 1


steps = 2000
place = np.linspace(0.0, 1.0, 200)
start = np.minimum(place / 0.3, (1.0 - place) / 0.7)
arguments = (start, 0.5, steps)


def seconds(call, *args):
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        call(*args)
        times.append(time.perf_counter() - begin)
    return min(times)


all_states = fastad.grad(keeping_all, mode="source")
few_states = fastad.grad(with_checkpoints, mode="source")
exact = all_states(*arguments)
once = seconds(keeping_all, *arguments)
time_of_all = seconds(all_states, *arguments) / once

# %%
# A state is what one step takes from the one before: three arrays here. Without checkpoints fastad
# keeps the two arrays that the step overwrites, ``now`` and ``before``, at each step
# (``print(all_states.source)`` shows it).

table = []
print("states kept   memory (KiB)   steps again   time / one run of the loop")
for snapshots in (3, 4, 6, 10, 20, 50, 100):
    gradient = few_states(*arguments, snapshots)
    assert np.allclose(gradient, exact, rtol=1e-10, atol=1e-12 * np.abs(exact).max())
    ratio = seconds(few_states, *arguments, snapshots) / once
    memory = (snapshots + 1) * 3 * start.nbytes / 1024  # one more: the state before the last step
    again = steps_again(steps, snapshots)
    table.append((memory, again / steps, ratio))
    print(f"{snapshots + 1:11}   {memory:12.0f}   {again:11}   {ratio:6.1f}")
memory_of_all = steps * 2 * start.nbytes / 1024
print(f"{steps:11}   {memory_of_all:12.0f}   {0:11}   {time_of_all:6.1f}")

# %%
# The gradient is the same in every line. In the picture the memory is on a logarithmic axis. From
# the right to the left the checkpoints' memory shrinks to a twenty-fifth, and the steps of 16 runs
# of the loop are done again, and not of two.

assert memory_of_all / table[0][0] > 300
assert 15.0 < table[0][1] < 16.0
assert 1.9 < table[-1][1] < 2.0

memory, again, ratio = np.array(table).T
figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
axes.semilogx(memory, ratio, "o-", color="#D55E00", lw=2, label="time, measured")
axes.semilogx(memory, again, "s--", color="#0072B2", lw=2, label="steps again, by the formula")
axes.plot(memory_of_all, time_of_all, "D", color="#009E73", ms=9, label="time, all states kept")
axes.set(xlabel="memory for states (KiB)", ylabel="in runs of the loop", ylim=(0, None))
axes.grid(alpha=0.3, which="both")
axes.legend()
plt.show()

# %%
# Without a number, ``fastad.checkpoint(steps)`` keeps :math:`\lceil \log_2 n \rceil` states: here
# 11 of 2000.
#
# References
# ----------
#
# * Griewank, A. and Walther, A. (2000). Algorithm 799: revolve. ACM Transactions on Mathematical
#   Software 26.
# * Griewank, A. and Walther, A. (2008). Evaluating Derivatives, second edition. SIAM, chapter 12.
