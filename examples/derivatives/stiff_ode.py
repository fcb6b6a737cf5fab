r"""
Stiff differential equations: the Jacobian that the solver asks for
===================================================================

A stiff equation has rates that differ by many powers of ten. Implicit methods take long steps in
it, but each step solves a system of equations by Newton's method, and that needs the Jacobian of
the right-hand side. If none is given, SciPy takes divided differences: one evaluation for each
unknown.
"""

import matplotlib.pyplot as plt
import numba
import numpy as np
from scipy.integrate import solve_ivp

import fastad

# %%
# Robertson's reaction
# --------------------
#
# Three substances, three rates between 0.04 and :math:`3 \cdot 10^7`:
#
# .. math::
#
#    y_0' &= -0.04\,y_0 + 10^4\,y_1 y_2 \\
#    y_1' &= 0.04\,y_0 - 10^4\,y_1 y_2 - 3 \cdot 10^7\,y_1^2 \\
#    y_2' &= 3 \cdot 10^7\,y_1^2.


@numba.njit
def robertson(t, y):
    slope = np.empty_like(y)
    slope[0] = -0.04 * y[0] + 1e4 * y[1] * y[2]
    slope[2] = 3e7 * y[1] ** 2
    slope[1] = -slope[0] - slope[2]
    return slope


# %%
# ``argnums=1`` asks for the Jacobian by ``y``. That function has the arguments that SciPy wants.

jacobian = fastad.jacobian(robertson, argnums=1)
y = np.array([0.7, 1e-5, 0.3])
by_hand = np.array(
    [
        [-0.04, 1e4 * y[2], 1e4 * y[1]],
        [0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]],
        [0.0, 6e7 * y[1], 0.0],
    ]
)
assert np.allclose(jacobian(0.0, y), by_hand, rtol=1e-13)

# %%
# SciPy's own count, ``nfev``, leaves out the evaluations for its differences. So they are counted
# here.


def solve(f, jac, method, end, start, **options):
    evaluations = 0

    def counted(t, y):
        nonlocal evaluations
        evaluations += 1
        return f(t, y)

    solution = solve_ivp(counted, (0.0, end), start, method=method, jac=jac, **options)
    assert solution.success
    return solution, evaluations


start = np.array([1.0, 0.0, 0.0])
print("to t = 1e8                evaluations  Jacobians   steps")
for method in ("Radau", "BDF"):
    for name, jac in (("differences", None), ("fastad", jacobian)):
        s, count = solve(robertson, jac, method, 1e8, start, rtol=1e-7, atol=1e-11)
        print(f"{method:6} {name:12} {count:16}  {s.njev:9} {s.t.size - 1:7}")
        assert abs(s.y[:, -1].sum() - 1.0) < 1e-9  # nothing is lost

reaction = s

# %%
# With three unknowns there is little to save: a Jacobian by differences costs three evaluations.
# What changes is that none of it is a guess.
#
# Many unknowns
# -------------
#
# The *Brusselator* with diffusion: two substances on a line of 40 cells, eighty unknowns. Now each
# Jacobian by differences takes eighty evaluations.


@numba.njit
def brusselator(t, y):
    n = y.size // 2
    u, v, slope = y[:n], y[n:], np.empty_like(y)
    speed = 0.02 * (n + 1) ** 2
    for i in range(n):
        u_left = u[i - 1] if i > 0 else 1.0
        u_right = u[i + 1] if i < n - 1 else 1.0
        v_left = v[i - 1] if i > 0 else 3.0
        v_right = v[i + 1] if i < n - 1 else 3.0
        reaction = u[i] ** 2 * v[i]
        slope[i] = 1.0 + reaction - 4.0 * u[i] + speed * (u_left - 2.0 * u[i] + u_right)
        slope[n + i] = 3.0 * u[i] - reaction + speed * (v_left - 2.0 * v[i] + v_right)
    return slope


n = 40
place = np.arange(1, n + 1) / (n + 1)
start = np.append(1.0 + np.sin(2.0 * np.pi * place), np.full(n, 3.0))
jacobian = fastad.jacobian(brusselator, argnums=1)
counts = {}
for name, jac in (("differences", None), ("fastad", jacobian)):
    s, counts[name] = solve(brusselator, jac, "Radau", 20.0, start, rtol=1e-5, atol=1e-7)
    print(f"Radau  {name:12} {counts[name]:16}  {s.njev:9} {s.t.size - 1:7}")
assert counts["fastad"] < counts["differences"]

# %%
# The solutions
# -------------
#
# Robertson's second substance is scaled up to be seen. The Brusselator swings, cell by cell,
# between its fixed ends.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for values, name, color in (
    (reaction.y[0], "$y_0$", "#0072B2"),
    (1e4 * reaction.y[1], r"$10^4\,y_1$", "#D55E00"),
    (reaction.y[2], "$y_2$", "#009E73"),
):
    left.semilogx(reaction.t, values, color=color, lw=2, label=name)
left.set(xlim=(1e-5, 1e8), xlabel="time", ylabel="concentration", title="Robertson's reaction")
left.legend()
mesh = right.pcolormesh(s.t, place, s.y[:n], cmap="cividis", shading="nearest")
figure.colorbar(mesh, label="concentration of $u$")
right.set(xlabel="time", ylabel="place", title="Brusselator with diffusion")
plt.show()

# %%
# References
# ----------
#
# * Robertson, H. H. (1966). The solution of a set of reaction rate equations. In J. Walsh (ed.),
#   Numerical Analysis: An Introduction, Academic Press.
# * Hairer, E. and Wanner, G. (1996). Solving Ordinary Differential Equations II: Stiff and
#   Differential-Algebraic Problems, second edition. Springer (both problems).
