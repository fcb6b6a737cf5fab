"""One function a peer: value and gradient of the objectives, in the peer's own idiom.

``peer(name, arguments)`` makes a function ``run()`` that returns the value and the gradients
by the objective's `argnums`. These libraries differentiate array programs, so the objectives
are written for them as such (`PROGRAMS`), in whole-array operations as their users would;
each peer compiles what it can compile, and computes in float64 on one thread.
"""

import math
import os
import statistics
import time

import numpy as np

from ..derivatives.by_hand import ADJOINTS
from ..derivatives.objectives import LOG_2PI, OBJECTIVES, compiled
from .mixtures import NotOffered

SIZES = {
    "mixture": [(2, 5, 1000), (10, 25, 1000)],
    "kmeans": [(10, 1000, 8)],
    "least_squares": [(1024, 128)],
    "logsumexp": [(40000,)],
    "runge_kutta": [(20, 100)],
}


def mixture(xp, alpha, mu, q, l, x, gamma, m):  # noqa: E741 (GradBench's name)
    """Return the mixture's log-likelihood, all rows and components at once."""
    (n, d), k = x.shape, alpha.shape[0]
    place = np.full((d, d), l.shape[1])  # of each entry of Q in its packed row; beyond: zero
    place[np.tril_indices(d, -1)] = np.arange(l.shape[1])
    padded = xp.concatenate([l, xp.zeros((k, 1))], 1)
    factors = padded[:, place] + xp.exp(q)[:, :, None] * xp.eye(d)
    y = xp.einsum("kij,nkj->nki", factors, x[:, None, :] - mu[None, :, :])
    main = alpha + q.sum(1) - 0.5 * (y * y).sum(2)
    freedom = d + m + 1
    constant = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0))
    constant -= 0.25 * d * (d - 1) * math.log(math.pi)
    constant -= sum(math.lgamma(0.5 * (freedom - i)) for i in range(d))
    prior = -0.5 * gamma * gamma * ((xp.exp(q) ** 2).sum() + (l * l).sum()) + m * q.sum()
    total = xp.logsumexp(main, 1).sum() - n * xp.logsumexp(alpha, 0)
    return total - 0.5 * n * d * LOG_2PI + k * constant + prior


def kmeans(xp, c, p):
    """Return the sum of squared distances to the nearest centres."""
    distances = ((c[None, :, :] - p[:, None, :]) ** 2).sum(2)
    return xp.smallest(distances).sum()


def least_squares(xp, x, n):
    """Return half the squared residuals; the powers are one constant matrix."""
    t = -1.0 + 2.0 * np.arange(n) / (n - 1)
    powers = xp.array(t[:, None] ** np.arange(x.shape[0]))
    return 0.5 * ((xp.array(np.sign(t)) - powers @ x) ** 2).sum()


def logsumexp(xp, x):
    """Return the log of the sum of exponentials."""
    return xp.logsumexp(x, 0)


def runge_kutta(xp, x, steps):
    """Return the last component, each stage one operation on vectors."""
    h = 2.0 / steps
    first = xp.array(np.eye(1, x.shape[0])[0])  # y_0' = x_0: a one in place of y_(-1)
    others = 1.0 - first

    def slope(y):
        return x * (first + others * xp.roll(y))

    def step(y):
        k1 = slope(y)
        k2 = slope(y + 0.5 * h * k1)
        k3 = slope(y + 0.5 * h * k2)
        k4 = slope(y + h * k3)
        return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    return xp.repeat(step, 0.0 * x, steps)[-1]


PROGRAMS = {
    "mixture": mixture,
    "kmeans": kmeans,
    "least_squares": least_squares,
    "logsumexp": logsumexp,
    "runge_kutta": runge_kutta,
}


class Namespace:
    """The array operations that the programs use, under one name in every library."""

    def __init__(self, **operations):
        vars(self).update(operations)


def _repeat(step, y, steps):
    for _ in range(steps):
        y = step(y)
    return y


def autograd(name, arguments):
    """autograd: traces NumPy, in the interpreter."""
    import autograd as ag
    import autograd.numpy as np_
    from autograd.scipy.special import logsumexp as lse

    xp = Namespace(
        concatenate=np_.concatenate,
        zeros=np_.zeros,
        eye=np_.eye,
        exp=np_.exp,
        einsum=np_.einsum,
        array=np_.array,
        roll=lambda y: np_.roll(y, 1),
        smallest=lambda a: np_.min(a, axis=1),
        logsumexp=lse,
        repeat=_repeat,
    )
    argnums = OBJECTIVES[name].argnums
    gradient = ag.value_and_grad(lambda *a: PROGRAMS[name](xp, *a), argnum=argnums)
    return lambda: gradient(*arguments)


def jax(name, arguments):
    """JAX, compiled by XLA."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = flags
    import jax as jx

    jx.config.update("jax_enable_x64", True)
    jnp = jx.numpy
    xp = Namespace(
        concatenate=jnp.concatenate,
        zeros=jnp.zeros,
        eye=jnp.eye,
        exp=jnp.exp,
        einsum=jnp.einsum,
        array=jnp.array,
        roll=lambda y: jnp.roll(y, 1),
        smallest=lambda a: jnp.min(a, axis=1),
        logsumexp=jx.scipy.special.logsumexp,
        repeat=lambda step, y, n: jx.lax.scan(lambda y, _: (step(y), None), y, None, n)[0],
    )
    constant = [a for a in arguments if not isinstance(a, np.ndarray)]
    arrays = [jnp.asarray(a) for a in arguments if isinstance(a, np.ndarray)]
    program = lambda *a: PROGRAMS[name](xp, *a, *constant)  # noqa: E731
    gradient = jx.jit(jx.value_and_grad(program, argnums=OBJECTIVES[name].argnums))
    return lambda: jx.block_until_ready(gradient(*arrays))


def pytorch(name, arguments):
    """PyTorch, eager."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    xp = Namespace(
        concatenate=torch.cat,
        zeros=torch.zeros,
        eye=torch.eye,
        exp=torch.exp,
        einsum=torch.einsum,
        array=torch.as_tensor,
        roll=lambda y: torch.roll(y, 1),
        smallest=lambda a: torch.amin(a, 1),
        logsumexp=torch.logsumexp,
        repeat=_repeat,
    )
    given = [torch.as_tensor(a) if isinstance(a, np.ndarray) else a for a in arguments]
    wanted = [given[i].requires_grad_() for i in OBJECTIVES[name].argnums]

    def run():
        value = PROGRAMS[name](xp, *given)
        gradients = torch.autograd.grad(value, wanted)
        return value.item(), [g.numpy() for g in gradients]

    return run


def casadi(name, arguments):
    """CasADi: a symbolic graph of whole vectors, run by its virtual machine."""
    import casadi as ca

    if name in ("mixture", "kmeans"):
        raise NotOffered("it has matrices, but no stacks of them")
    x = ca.MX.sym("x", arguments[0].size)
    xp = Namespace(
        array=lambda a: ca.DM(a),
        roll=lambda y: ca.vertcat(y[-1], y[:-1]),
        logsumexp=lambda a, axis: ca.logsumexp(a),
        repeat=_repeat,
    )
    if name == "least_squares":
        n = arguments[1]
        t = -1.0 + 2.0 * np.arange(n) / (n - 1)
        residual = ca.DM(np.sign(t)) - ca.DM(t[:, None] ** np.arange(arguments[0].size)) @ x
        value = 0.5 * ca.sumsqr(residual)
    else:
        value = PROGRAMS[name](xp, x, *arguments[1:])
    function = ca.Function(name, [x], [value, ca.gradient(value, x)])

    def run():
        value, gradient = function(arguments[0])
        return float(value), [np.asarray(gradient).ravel()]

    return run


def by_hand(name, arguments):
    """Write the adjoint by hand, compiled by Numba."""
    adjoint, n = ADJOINTS[name], len(OBJECTIVES[name].argnums)

    def run():
        value, *gradients = adjoint(*arguments)
        return value, gradients[:n]

    return run


def fastad(name, arguments):
    """Ours, the mode that it chooses itself."""
    import fastad as ours

    objective = OBJECTIVES[name]
    gradient = ours.value_and_grad(compiled(name), argnums=objective.argnums)
    return lambda: gradient(*arguments)


PEERS = {
    "by hand": by_hand,
    "fastad": fastad,
    "autograd": autograd,
    "JAX": jax,
    "PyTorch": pytorch,
    "CasADi": casadi,
}


def compare(sizes=SIZES, seconds=2.0, least=3):
    """Return a list of dicts: objective, size, peer, the median seconds and ratio, or skipped.

    The ratio is to the objective itself, compiled by Numba, timed right before. A gradient
    that differs from the one by hand is a reason to skip.
    """
    found = []
    for name, its_sizes in sizes.items():
        primal = compiled(name)
        for size in its_sizes:
            arguments = OBJECTIVES[name].data(*size)
            expected = by_hand(name, arguments)()
            primal(*arguments)
            for peer, make in PEERS.items():
                entry = {"objective": name, "size": size, "peer": peer}
                found.append(entry)
                try:
                    run = make(name, arguments)
                    _check(run(), expected)
                except Exception as reason:
                    entry["skipped"] = f"{type(reason).__name__}: {reason}"[:300]
                    continue
                pairs, end = [], time.perf_counter() + seconds
                while len(pairs) < least or (time.perf_counter() < end and len(pairs) < 201):
                    begin = time.perf_counter()
                    primal(*arguments)
                    between = time.perf_counter()
                    run()
                    pairs.append((between - begin, time.perf_counter() - between))
                entry["primal"] = statistics.median(a for a, _ in pairs)
                entry["median"] = statistics.median(b for _, b in pairs)
                entry["ratio"] = statistics.median(b / a for a, b in pairs)
    return found


def _check(found, expected):
    np.testing.assert_allclose(float(found[0]), expected[0], rtol=1e-9)
    for mine, theirs in zip(found[1], expected[1], strict=True):
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(np.asarray(mine), theirs, rtol=1e-6, atol=1e-9 * scale)


def print_table(found):
    """Print what `compare` returned."""
    for entry in found:
        label = f"{entry['objective']:14} {entry['size']!s:16} {entry['peer']:10}"
        if "skipped" in entry:
            print(f"{label} skipped: {entry['skipped'].splitlines()[0]}")
        else:
            print(f"{label} {1e6 * entry['median']:10.1f} us, {entry['ratio']:8.2f} times primal")
