"""Loops over fastad.checkpoint: the gradient of the plain loop, from a few of its states."""

import functools
import math
import re
import tracemalloc
from pathlib import Path

import numba
import numpy as np
import pytest
from interpreted import executable, hessian_product
from interpreted import value_and_grad as interpreted
from numba import typeof
from program_runs import arguments, copies, load
from programs import Programs

from fastad import checkpoint, grad, hessian
from fastad.checkpointing import next_snapshot, snapshots_for
from fastad.source.emit.adjoint_function import Generated
from fastad.source.ir.statements import Unsupported


def heat(u, a, steps, snapshots):
    """Arrays written in place, a number and a count carried, and an array without a state."""
    u, flux = u.copy(), np.zeros(u.size + 1)
    slope = np.empty(u.size)
    s, k = a, 0
    for t in checkpoint(steps, snapshots):
        for i in range(1, u.size):
            slope[i] = u[i] - u[i - 1]
            flux[i] = a * slope[i] * (1.0 + 0.1 * u[i] * u[i])
        for i in range(u.size):
            u[i] += 0.2 * (flux[i + 1] - flux[i])
        s = math.sin(s + u[t % u.size])
        k += 1
    return np.sum(u * u) + s * k


def functional(y, h, steps, snapshots):
    """An array variable bound anew in every step."""
    for _ in checkpoint(steps, snapshots=snapshots):
        y = y + h * np.sin(y)
    return np.sum(y * y)


def sometimes(y, a, steps, snapshots):
    """An array written in place, and bound to another in some steps; its first items matter."""
    z = a * y
    first = np.sum(z * z)
    for t in checkpoint(steps, snapshots):
        if t % 3 == 2:
            z = y + 0.5 * z
        z[0] = math.sin(z[1]) + a * z[t % z.size]
    return first * z[0] + z[-1]


def breaks(y, a, steps, snapshots):
    """A loop that is left early, at a step that is known only then."""
    z = y[0]
    for t in checkpoint(steps, snapshots):
        z = a * z + 0.05 * z * z
        if z < 0.3 or t > 30:
            break
    return z * z


U = np.random.default_rng(0).normal(size=5)
LOOPS = pytest.mark.parametrize("f", [heat, functional, sometimes, breaks])


def plain(f):
    """Return the function with range in place of checkpoint."""
    scope = {**f.__globals__, "checkpoint": lambda steps, snapshots=None: range(steps)}
    return type(f)(f.__code__, scope)


def along(f, given, k, v):
    found = []
    for step in (1e-4, 2e-4):
        ends = []
        for sign in (1, -1):
            moved = list(given)
            moved[k] = moved[k] + sign * step * v
            ends.append(f(*moved))
        found.append(ends[0] - ends[1])
    return (8 * found[0] - found[1]) / 12e-4


@LOOPS
@pytest.mark.parametrize("steps", [0, 1, 2, 7, 40])
@pytest.mark.parametrize("snapshots", [1, 3, 50])
def test_gradients_by_differences(f, steps, snapshots):
    """The generated code, interpreted."""
    given = (U, 0.7, steps, snapshots)
    (value, bars), _ = interpreted(f, [U.copy(), *given[1:]], (0, 1))
    assert value == plain(f)(*given)
    for k, v in ((0, np.cos(U)), (1, 1.0)):
        wanted = along(plain(f), given, k, v)
        assert np.sum(bars[k] * v) == pytest.approx(wanted, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize(("steps", "snapshots"), [(1, 1), (2, 1), (9, 2), (57, 3), (100, 7)])
def test_as_few_steps_again_as_possible(steps, snapshots):
    calls = []

    class Counting:
        @staticmethod
        def sin(x):
            calls.append(x)
            return math.sin(x)

    source = Generated(orbit, [typeof(0.5), typeof(1), typeof(1)], (0,))
    executable(source, math=Counting)(0.5, steps, snapshots, 1.0)
    r = 0
    while math.comb(snapshots + r, snapshots) < steps:
        r += 1
    without = r * steps - math.comb(snapshots + r, snapshots + 1) + 1
    assert len(calls) == without + steps
    assert without == 1 + fewest(steps, snapshots)


def orbit(x, steps, snapshots):
    y = x
    for _ in checkpoint(steps, snapshots):
        y = math.sin(y + 0.1)
    return y


def test_the_guide_shows_the_real_code():
    guide = Path(__file__).parents[2] / "docs" / "source_transformation.md"
    source = Generated(guided, [typeof(0.5), typeof(1)], (0,)).source
    back = source.split("    left = iterations\n")[1]
    assert back[: back.index("        left -= 1\n")] in guide.read_text()


def guided(x, steps):
    y = x
    for _ in checkpoint(steps):
        y = math.sin(y + 0.1)
    return y


@functools.cache
def fewest(steps, snapshots):
    """The least number of steps without derivatives, by trying all places of a snapshot."""
    if steps <= 1:
        return 0
    if snapshots == 1:
        return steps * (steps - 1) // 2
    return min(m + fewest(steps - m, snapshots - 1) + fewest(m, snapshots) for m in range(1, steps))


def test_memory_grows_with_the_logarithm_of_the_steps():
    """In the generated code, interpreted: its stacks and states are NumPy arrays."""

    def peak(f, steps):
        run = executable(Generated(f, [typeof(0.5), typeof(1), typeof(1)], (0,)))
        tracemalloc.start()
        run(0.5, steps, snapshots_for(steps, None), 1.0)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(orbit, 64), peak(orbit, 4096)
    assert many - few < 1024  # 6 states of one number more, not 4,032
    assert peak(kept, 4096) > 8 * 4096


def kept(x, steps, snapshots):
    y = x
    for _ in range(steps):
        y = math.sin(y + 0.1)
    return y


def test_snapshots_are_never_more_than_asked_for():
    for at, end, free in ((0, 100, 0), (5, 6, 3)):
        assert next_snapshot(at, end, free) == -1
    assert 5 < next_snapshot(5, 100, 1) < 100
    with pytest.raises(ValueError, match="at least one snapshot"):
        checkpoint(3, 0)


def test_compiled():
    given = (U, 0.7, 25, 3)
    compiled = numba.njit(heat)
    assert compiled(*given) == pytest.approx(plain(heat)(*given), rel=1e-14)
    (_, bars), _ = interpreted(heat, [U.copy(), *given[1:]], (0,))
    np.testing.assert_allclose(grad(compiled, mode="source")(*given), bars[0], rtol=1e-12)


@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_other_modes_take_it_for_range(mode):
    expected = grad(kept, mode="forward")(0.5, 30, 3)
    assert grad(orbit, mode=mode)(0.5, 30, 3) == pytest.approx(expected, rel=1e-13)


def test_second_derivatives():
    """The adjoint of the tangent."""
    v = np.cos(U)
    given = [U.copy(), 0.1, 9, 2]
    bars, _ = hessian_product(heat, given, (0,), [v])
    ends = [interpreted(heat, [U + s * v, *given[1:]], (0,))[0][1][0] for s in (1e-5, -1e-5)]
    np.testing.assert_allclose(bars[0], (ends[0] - ends[1]) / 2e-5, rtol=1e-6)


@pytest.mark.slow
def test_hessians():
    wanted = hessian(breaks, 1, mode="forward")(U + 2.0, 0.7, 25, 3)
    assert hessian(breaks, 1, mode="source")(U + 2.0, 0.7, 25, 3) == pytest.approx(wanted)
    wanted = hessian(functional, mode="forward")(U, 0.1, 9, 2)
    np.testing.assert_allclose(hessian(functional, mode="source")(U, 0.1, 9, 2), wanted)


def inner(x, steps):
    s = 0.0
    for v in x:
        for _ in checkpoint(steps):
            s = math.sin(s + v)
    return s


def both(y, steps):
    z = y * 2.0
    for _ in checkpoint(steps):
        y, z = z, y
        y[0] = y[0] * z[1]
    return y[0]


@pytest.mark.parametrize(("f", "reason"), [(inner, "inside another loop"), (both, "binds")])
def test_refused_with_line_and_a_way_out(f, reason):
    with pytest.raises(Unsupported, match=f"line .*{reason}"):
        Generated(f, [typeof(U), typeof(1)], (0,))


def flips(x, n):
    """The loop carries no derivative; what it overwrites indexes before it."""
    j = 0
    y = x.copy()
    y[j] = 0.5
    for _ in checkpoint(1):
        for _ in range(5):
            j = x.size - j
        j = n // 2
    return y[0] + 2.0 * y[1] + 7.0 * y[j]


def test_a_loop_without_derivatives_is_undone():
    (_, (bar,)), _ = interpreted(flips, [np.arange(1.0, 6.0), 3], (0,))
    np.testing.assert_array_equal(bar, [0.0, 9.0, 0.0, 0.0, 0.0])


def check_program(seed, folder):
    """Compare the checkpoints of a random program with its plain loops."""
    program = Programs(seed, arrays=(0.0, 0.3, 0.6)[seed % 3], views=seed % 2 == 0).source()
    loops = r"^    for (\w+) in range\(([^,()]*)\):"
    kept = re.sub(loops, r"    for \1 in fastad.checkpoint(\2):", program, flags=re.M)
    if kept == program:
        return False
    given = arguments(seed)
    plain_f, kept_f = (load(p, folder, f"{n}_{seed}") for n, p in (("p", program), ("k", kept)))
    try:
        (wanted, expected), _ = interpreted(plain_f, copies(given), (0, 1, 2))
        (value, bars), _ = interpreted(kept_f, copies(given), (0, 1, 2))
    except (Unsupported, OverflowError):
        return False
    assert value == wanted
    scale = max(1.0, *(np.abs(b).max() for b in expected))
    for a, b in zip(bars, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * scale)
    return True


def test_random_programs(tmp_path):
    assert sum(check_program(seed, tmp_path) for seed in range(24)) >= 2


@pytest.mark.slow
def test_many_random_programs(tmp_path):
    assert sum(check_program(seed, tmp_path) for seed in range(6000, 6500)) >= 50
