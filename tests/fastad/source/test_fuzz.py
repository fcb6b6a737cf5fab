"""Random programs: the generated adjoint against divided differences and the other modes.

Most are run by the interpreter (`tests/support/interpreted.py`), which needs no compiler; a
few are compiled. `tests/support/fuzz.py` runs any number of them, and makes small what fails.
"""

from collections import Counter

import fuzz
import numpy as np
import pytest
import verdicts
from interpreted import value_and_grad
from program_runs import arguments, copies, load
from programs import IMPORTS, Programs
from shrink import shrink
from verdicts import differences, near, weighed, weights_of

import fastad
from fastad.source.ir.statements import Unsupported

# Programs that once had a wrong gradient.
FOUND = {
    "a number read by what runs again, and changed later in the turn": """
    p, r, t = np.zeros(4), np.zeros(3), 0.0
    for i in range(5):
        s, v = x[i], 0.5
        for j in range(3):
            r[j] = m[j, 1] * s
        for j in range(3):
            v *= math.cos(r[j] * s * 0.5)
            s = max(0.7, v) + math.exp(-r[j] ** 2)
        p[1] -= s * s * 0.5
    t = np.sum(p * p)
    return t * t
""",
    "a swap in a branch that carries no derivative": """
    s, t = 0.3, a
    if n < 2:
        pass
    else:
        s, t = t, s
    return t
""",
    "a variable bound again in a branch": """
    t = a * a
    if n > 0:
        t = a * 3.0
    return t
""",
    "an array bound again while a loop runs over it": """
    s = 0.3
    p = np.full(5, a)
    for v in p:
        s += v
        p = h_makes(p, s)
    return s + p[0]
""",
    "an array bound before a loop and in it": """
    y = np.zeros(5)
    g = m.copy()
    for i in range(n):
        g = np.outer(x[:3], y[:4])
    return np.sum(g)
""",
    "a view of an array that the same turn binds again": """
    u = 0.0
    g = m.copy()
    for i in range(4):
        u += np.sum(g[(i + 1) % 3]) * u + g[0, 0]
        g = m * a
    return u
""",
    "arrays bound in branches and read after them": """
    s, t = 0.3, a
    for i in range(4):
        if i % 2 == 0:
            p = x * s
        else:
            p = x * x * t
        s += np.sum(p * p) * 0.1
        t = p[1]
    return s * t
""",
    "an array bound again in a branch of a turn": """
    s, t = 0.3, a
    for i in range(4):
        p = x * s
        if i % 2 == 0:
            t = np.sum(p * p)
            p = x * x * t
        s += np.sum(p * p) * 0.1
        t = p[1]
    return s * t
""",
    "values kept before and after an inner loop": """
    s, t, w = 0.3, a, 0.2
    for v in x:
        t -= v * t * 0.2
        s += (2.0 + t ** 2) ** 0.5
        for i in range(5):
            s = s * 0.9 + w * t
            w = w * math.sin(s)
            for k in range(n):
                w = w * math.cos(w)
        w = w * math.sin(t)
    return s * t + w
""",
    "a quotient whose divisor reads the variable": """
    t = a
    for i in range(2):
        t /= 2.0 + abs(t)
        x[i] /= 2.0 + abs(x[i])
    return t + x[0] * x[1]
""",
    "an array filled with itself": """
    for i in range(2):
        x[:] = x
    return h_reads(x, -4)
""",
    "an array bound to a function of itself": """
    z = x
    for i in range(n):
        z = np.where(x > 0.1, z, z * 0.5)
    return np.sum(x * z)
""",
    "a value kept from turn to turn, in turns that otherwise stand alone": """
    g = m.copy()
    for i in range(x.size):
        g[i % 3, 2] -= math.exp(a * x[i])
    return np.sum(g)
""",
    "an output that every turn overwrites": """
    y = np.zeros(5)
    for i in range(5, 1, -2):
        y[:] = h_scalar(np.sum(m[i % 3]), b=a)
    return np.sum(y)
""",
    "a view bound in a loop and written through after it": """
    g = m.copy()
    row = g[0]
    for i in range(n):
        row = g[1]
    row[0] = g[1, 1]
    return np.sum(g)
""",
    "a loop without a reverse that kept what indexes": """
    g = m.copy()
    row, c, k = g[0], 0, 0
    while c < 3:
        c += 1
        g[c % 3, 1] = row[3]
    for i in range(0, 6, 2):
        row = g[k % 3]
    return np.sum(g)
""",
    "two targets of one value": """
    w = 0.2
    w = w = h_scalar(a, b=w)
    return w
""",
    "an array bound again in a branch after a swap": """
    y, z, p = np.zeros(5), x, np.full(5, a)
    for i in range(1):
        y, z = z, y
        if z[i] < 0.3:
            z = np.cumsum(p)
    return np.sum(z)
""",
    "items taken by an array": """
    return x[PICKED][1] * x[PICKED][2]
""",
    "recursion in a loop whose stack is as large as its bounds tell": """
    for i in range(3):
        s = 0
        while s < 3:
            s += 1
            x[1] = h_folded(x, 2) * 0.5
    return np.sum(x)
""",
    "a tuple bound in branches": """
    d = (a, x[0])
    for i in range(3):
        if i == 1:
            d = (d[1] * x[1], a)
        else:
            d = d[1] * 0.5, d[0]
    return d[0]
""",
    "a counter that indexes in a loop with a loop": """
    s, k = a, 1
    for v in x:
        s += h_scalar(m[k % 3, k % 4], v)
        k = k + 1
    return s * s
""",
    "a return from a loop in a loop": """
    s = a
    for i in range(3):
        for j in range(n + 2):
            s = s * x[j]
            if j == 1:
                return s
    return a
""",
    "a condition whose first value the compiler knows": """
    t, c = a, 0
    while c < 2:
        c += 1
    return t
""",
    "a bound that the loop changes": """
    s, k = 0.3, 2
    for i in range(k):
        for j in range(x.size):
            s /= h_scalar(a, b=C)
            k = i
    return s
""",
    "sums of several loops into one, each with factors of its own": """
    s = 0.0
    for i in range(3):
        for j in range(4):
            s += m[i, j] * math.cos(1.3 * i + 2.3 * j)
    for i in range(5):
        s += x[i] * math.cos(1.3 * i)
    return s
""",
    "a loop that counts down and keeps a value": """
    s = 0.0
    for i in range(4, 1, -1):
        s += math.sqrt(1.0 + x[i] ** 2)
    return s
""",
    "an array that is returned is written again after a loop of independent turns": """
    y, g = np.zeros(5), np.zeros((3, 4))
    for i in range(3):
        for j in range(4):
            g[i, j] += x[j] * x[j]
    p = y * a + a
    y[:] = p
    return a, y, g
""",
}


def check(f, seed):
    """Compare a program's generated adjoint with differences; tell whether it was taken."""
    given = arguments(seed)
    try:
        found = f(*copies(given))
    except OverflowError:  # from Python's power; compiled code has inf
        return False
    seeds = weights_of(found)  # of several results the sum, with some weights
    expected = weighed(found, seeds)
    if not abs(expected) < 1e4:
        return False
    mine = copies(given)
    try:
        (value, bars), _ = value_and_grad(f, mine, (0, 1, 2), seeds)
    except Unsupported:
        return False
    for a, b in zip(given, mine, strict=True):
        np.testing.assert_array_equal(a, b)
    assert weighed(value, seeds) == pytest.approx(expected, rel=1e-11, abs=1e-11)
    number = lambda *v: weighed(f(*v), seeds)  # noqa: E731
    if not near(bars, differences(number, given), 1e-5):  # a kink within that step?
        assert near(bars, differences(number, given, 1e-7), 1e-4)
    return True


@pytest.mark.parametrize("body", FOUND.values(), ids=FOUND)
def test_programs_that_were_wrong(body, tmp_path):
    f = load(f"{IMPORTS}def f(x, m, a, n):{body}", tmp_path, "found")
    assert check(f, 2)


def run(seeds, folder):
    taken = 0
    for seed in seeds:
        options = {"views": seed // 3 % 2 == 0, "more": seed // 6 % 2 == 1}
        program = Programs(seed, arrays=(0.0, 0.3, 0.6)[seed % 3], **options)
        taken += check(load(program.source(), folder, f"program_{seed}"), seed)
    return taken


def test_random_programs(tmp_path):
    assert run(range(3, 11), tmp_path) >= 6


@pytest.mark.slow
def test_many_random_programs(tmp_path):
    assert run(range(1000, 1500), tmp_path) >= 400


def compiled(seed, folder):
    program = Programs(seed, arrays=0.2, views=seed % 2 == 0, more=seed % 3 == 0)
    f = load(program.source(), folder, f"compiled_{seed}")
    given = arguments(seed)
    argnums = (0, 1, 2)
    if isinstance(f(*copies(given)), tuple) or not check(f, seed):
        pytest.skip("refused, or no single number")
    (_, expected), _ = value_and_grad(f, copies(given), argnums)
    mine = copies(given)
    bars = fastad.grad(f, argnums=argnums, mode="source")(*mine)
    for a, b in zip(given, mine, strict=True):
        np.testing.assert_array_equal(a, b)
    scale = max(1.0, *(np.abs(w).max() for w in expected))
    for bar, w in zip(bars, expected, strict=True):
        np.testing.assert_allclose(bar, w, rtol=1e-10, atol=1e-10 * scale)


def test_a_random_program_compiled(tmp_path):
    compiled(4, tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaPerformanceWarning")  # the programs'
@pytest.mark.parametrize("seed", range(2000, 2030))
def test_random_programs_compiled(seed, tmp_path):
    compiled(seed, tmp_path)


def verdicts_on(kind, seeds, judge, folder):
    """Return how many programs of a kind had which verdict; fail with the bad ones."""
    totals, bad = Counter(), []
    for seed in seeds:
        source = fuzz.source_of(kind, seed)
        found = fuzz.verdict(source, seed, judge, folder)
        totals[found.word] += 1
        if found.bad:
            bad.append(f"seed {seed} {found}\n{source}")
    assert not bad, "\n".join(bad)
    return totals


def test_wild_programs(tmp_path):
    seeds = (4, 8, 9, 12, 13, 15)
    assert verdicts_on("wild", seeds, verdicts.interpreted, tmp_path)["FINE"] >= 4


def test_kernels(tmp_path):
    assert verdicts_on("kernel", range(30), verdicts.interpreted, tmp_path)["FINE"] >= 25


def test_forms(tmp_path):
    """Programs of the blocks: lists, masks, functions, drivers, joins, casts."""
    assert verdicts_on("form", range(8, 14), verdicts.interpreted, tmp_path)["FINE"] >= 4


def test_hessian_products(tmp_path):
    assert verdicts_on("kernel", range(12), verdicts.products, tmp_path)["FINE"] >= 6


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wild", "kernel", "form"])
@pytest.mark.parametrize("first", range(10_000, 12_000, 100))
def test_many_programs(first, kind, tmp_path):
    seeds = range(first, first + 100)
    assert verdicts_on(kind, seeds, verdicts.interpreted, tmp_path)["FINE"] >= 50


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wild", "kernel", "form", "packed", "narrow"])
@pytest.mark.parametrize("seed", range(20_000, 20_060))
def test_programs_compiled(seed, kind, tmp_path):
    verdicts_on(kind, [seed], verdicts.compiled, tmp_path)


def test_the_oracle_of_compiled_programs_is_the_compiled_program(tmp_path):
    """Plain Python has a * a of bytes wrap; in Numba's one loop it does not."""
    source = f"""{IMPORTS}BYTES = np.array([3, 200, 7, 9, 1], np.uint8)
def f(x, m, a, n):
    return np.sum(BYTES * BYTES * x) * 1e-3
"""
    f = load(source, tmp_path, "bytes")
    given = arguments(0)
    truth = verdicts.truth_of(verdicts.by_numba(f), given)
    np.testing.assert_allclose(truth.slope[0], np.array([9, 40_000, 49, 81, 1]) * 1e-3, rtol=1e-6)
    assert not np.isclose(truth.value, f(*given))
    found = fuzz.verdict(source, 0, verdicts.compiled, tmp_path, only="source with all")
    assert found.word == "FINE"


def test_a_failing_program_shrinks_to_its_cause(tmp_path):
    source = fuzz.source_of("wild", 4)
    head, body = source.split("    s, t, u, w", 1)
    source = head + "    q = x[2] * a\n    s, t, u, w" + body

    def fails(smaller):
        return "x[2]" in smaller.partition("def f(")[2]

    small = shrink(source, fails, seconds=20.0).partition("def f(")[2]
    assert len(small.splitlines()) == 2
    assert "x[2]" in small


def test_a_wrong_gradient_and_a_wrong_error_are_noticed(tmp_path, monkeypatch):
    source = f"{IMPORTS}def f(x, m, a, n):\n    return x[0] * x[0] * a\n"
    right = fuzz.verdict(source, 0, verdicts.interpreted, tmp_path, only="adjoint with all")
    assert right.word == "FINE"

    def doubled(*given):
        (value, bars), text = value_and_grad(*given)
        return (value, [2.0 * bar for bar in bars]), text

    monkeypatch.setattr(verdicts, "value_and_grad", doubled)
    found = fuzz.verdict(source, 0, verdicts.interpreted, tmp_path)
    assert (found.word, found.by) == ("WRONG", "adjoint with all")
    assert found.detail.startswith("gradient")

    def broken(*given):
        raise KeyError("x")

    monkeypatch.setattr(verdicts, "value_and_grad", broken)
    assert fuzz.verdict(source, 0, verdicts.interpreted, tmp_path).word == "CRASH"
