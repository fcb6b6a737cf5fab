r"""
An inverse problem: what is the rod made of?
============================================

A rod of thirty centimetres is heated at its left end. Seven thermometers write down how warm it
gets. How well each part of the rod conducts heat is not known. This page finds it from the
temperatures: by the gradient of a whole simulation, with all its time steps.
"""

import matplotlib.pyplot as plt
import numba
import numpy as np
import scipy.optimize

import fastad

# %%
# The simulation
# --------------
#
# Heat flows by Fourier's law, and what flows in warms the rod:
#
# .. math::
#
#    c\,\frac{\partial T}{\partial t} = \frac{\partial}{\partial x}
#      \left( k(x)\,\frac{\partial T}{\partial x} \right).
#
# The rod is cut into cells. Between two neighbours heat flows by the harmonic mean of their
# conductivities. Each *implicit* time step solves a system with three diagonals, by elimination
# down and substitution back: all of it plain loops. The left end is held at 100 °C, through the
# right end no heat flows.


@numba.njit
def simulate(log_k, heat_capacity, length, minutes, steps, sensors):
    n = log_k.size
    dx, dt = length / n, 60.0 * minutes / steps
    k = np.exp(log_k)
    flow = np.zeros_like(log_k)  # between cell i - 1 and cell i, for one kelvin; 0: the hot end
    flow[0] = 2.0 * k[0] / dx
    for i in range(1, n):
        flow[i] = 2.0 * k[i - 1] * k[i] / ((k[i - 1] + k[i]) * dx)
    temperature = np.zeros_like(log_k)
    temperature[:] = 20.0
    upper, right = np.zeros_like(log_k), np.zeros_like(log_k)
    readings = np.zeros((steps, sensors.size))
    per_step = heat_capacity * dx / dt
    for s in range(steps):
        for i in range(n):
            beyond = flow[i + 1] if i + 1 < n else 0.0
            diagonal = per_step + flow[i] + beyond
            b = per_step * temperature[i]
            if i == 0:
                b += flow[0] * 100.0
                upper[0], right[0] = beyond / diagonal, b / diagonal
            else:
                pivot = diagonal - flow[i] * upper[i - 1]
                upper[i], right[i] = beyond / pivot, (b + flow[i] * right[i - 1]) / pivot
        temperature[n - 1] = right[n - 1]
        for i in range(n - 2, -1, -1):
            temperature[i] = right[i] + upper[i] * temperature[i + 1]
        for j in range(sensors.size):
            readings[s, j] = temperature[sensors[j]]
    return readings


# %%
# The experiment
# --------------
#
# No rod is at hand, so one is made up: steel with a bad piece, then a good one. Thermometers with
# an error of 0.05 °C look at it for two hours. From here on only ``measured`` is used.

cells, minutes, steps = 40, 120.0, 120
heat_capacity, length = 3.6e6, 0.3  # J / (m^3 K); m
middle = length * (np.arange(cells) + 0.5) / cells
true_k = np.full(cells, 50.0)  # W / (m K)
true_k[(middle > 0.10) & (middle < 0.16)] = 20.0
true_k[middle > 0.22] = 80.0

sensors = np.array([2, 8, 14, 20, 26, 32, 38])
setup = (heat_capacity, length, minutes, steps, sensors)
noise = np.random.default_rng(1).normal(scale=0.05, size=(steps, sensors.size))
measured = simulate(np.log(true_k), *setup) + noise

# %%
# The misfit
# ----------
#
# What is minimised is the misfit in standard deviations, and a term that prefers a rod of few
# pieces: the *total variation* of :math:`\log k`, rounded off at 0 so that it has a derivative. By
# the logarithm :math:`k` stays positive.


@numba.njit
def misfit(log_k, measured, heat_capacity, length, minutes, steps, sensors):
    readings = simulate(log_k, heat_capacity, length, minutes, steps, sensors)
    total = 0.0
    for s in range(readings.shape[0]):
        for j in range(readings.shape[1]):
            total += 0.5 * ((readings[s, j] - measured[s, j]) / 0.05) ** 2
    for i in range(log_k.size - 1):
        total += 10.0 * np.sqrt((log_k[i + 1] - log_k[i]) ** 2 + 1e-4)
    return total


value_and_gradient = fastad.value_and_grad(misfit)
start = np.full(cells, np.log(40.0))
value, gradient = value_and_gradient(start, measured, *setup)

# %%
# One reverse sweep through 120 time steps gives the derivatives by all 40 cells. In a random
# direction they agree with a divided difference:

direction = np.random.default_rng(2).normal(size=cells)
h = 1e-5
ahead, behind = (misfit(start + d * direction, measured, *setup) for d in (h, -h))
print(f"by the gradient   {gradient @ direction:.6f}")
print(f"by a difference   {(ahead - behind) / (2 * h):.6f}")
assert np.isclose(gradient @ direction, (ahead - behind) / (2 * h), rtol=1e-6)

# %%
# Find the rod
# ------------

found = scipy.optimize.minimize(
    value_and_gradient,
    start,
    args=(measured, *setup),
    jac=True,
    method="L-BFGS-B",
    options={"maxiter": 1000, "maxfun": 2000},
)
k = np.exp(found.x)
fitted = simulate(found.x, *setup)
residual = np.sqrt(np.mean((fitted - measured) ** 2))
error = np.median(np.abs(k / true_k - 1.0))
print(f"{found.nfev} simulations with their gradients; misfit {value:.0f} -> {found.fun:.0f}")
print(f"the readings are met to {residual:.3f} °C")
print(f"median error of the conductivity: {100 * error:.1f} %")
assert 0.045 < residual < 0.055  # as good as the thermometers, and no better
assert error < 0.05

# %%
# The same by divided differences would have taken 41 simulations instead of each gradient.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
edges = 100.0 * length * np.arange(cells + 1) / cells
left.stairs(true_k, edges, baseline=None, color="black", lw=2, label="true")
left.stairs(k, edges, baseline=None, color="#D55E00", lw=2, label="found")
left.stairs(np.exp(start), edges, baseline=None, color="0.6", ls=":", lw=1.5, label="start")
left.plot(
    100.0 * middle[sensors], np.full(sensors.size, 3.0), "^", color="#0072B2", label="thermometers"
)
left.set(xlabel="place along the rod (cm)", ylabel="conductivity (W / (m K))", ylim=(0, 110))
left.legend(ncols=2, loc="upper left")
time = minutes * (np.arange(steps) + 1) / steps
for j, color in enumerate(plt.get_cmap("cividis")(np.linspace(0.0, 0.9, sensors.size))):
    right.plot(time[::4], measured[::4, j], ".", color=color)
    right.plot(time, fitted[:, j], color=color, label=f"{100 * middle[sensors[j]]:.0f} cm")
right.set(xlabel="time (minutes)", ylabel="temperature (°C)")
right.legend(title="thermometer at", fontsize="small")
plt.show()

# %%
# The found rod has its three pieces in their places. The third edge is the least sharp: it is far
# from the heater, where little heat flows, and the readings say less about it.
#
# References
# ----------
#
# * Vogel, C. R. (2002). Computational Methods for Inverse Problems. SIAM.
# * Rudin, L. I., Osher, S. and Fatemi, E. (1992). Nonlinear total variation based noise removal
#   algorithms. Physica D 60.
