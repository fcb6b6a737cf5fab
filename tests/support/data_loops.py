"""Random loops over data points, whose turns share sums and items of their own.

Each is the source of ``f(x, m, a, k)``: n numbers x, n rows of 3 numbers m, a number a, and n
integers k below 4.  `LOOP` stands for range or prange.
"""

import random

import numpy as np

HEAD = """import math

import numpy as np
from numba import prange


def f(x, m, a, k):
    n = x.size
    y, z = np.zeros(n), np.ones(n)
    p, q = np.zeros(4), np.zeros((n, 3))
    t, u, c = 0.0, a, 0
    r = np.zeros(3)
    for i in LOOP(n):
        s, v = x[i], 0.5
"""

TAIL = "    return t * t + u * c + np.sum(y * z) + np.sum(p * p) + np.sum(q) * a + p[0] * t\n"


class DataLoops:
    """A generator of such loops, from a seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.scratch = False  # whether r has been written in this turn

    def source(self):
        """Return a module with the function ``f``."""
        lines, choice = [], self.r.random()
        if choice < 0.35:
            lines = ["        r = np.zeros(3)"]
        elif choice < 0.7:
            lines = ["        for j in range(3):", "            r[j] = m[i, j] * s"]
        self.scratch = choice < 0.7
        for _ in range(self.r.randint(2, 6)):
            lines += self.statement("        ", ())
        if self.r.random() < 0.3:
            last = self.r.choice(["x[i] = x[i] * s", "u += t"])
            lines += ["    for i in range(n):", "        s = y[i]", "        t += s * z[i]"]
            lines.append(f"        {last}")
        return HEAD + "\n".join(lines) + "\n" + TAIL

    def expression(self, depth, loops):
        if depth == 0:
            items = [f"m[i, {j}]" for j in loops] + [f"r[{j}]" for j in loops if self.scratch]
            some = ["x[i]", "x[(i + 1) % n]", "x[0]", "a", "m[i, 1]", "m[i % 2, 2]", "0.7"]
            return self.r.choice([*some, "s", "s", "v", "i * 0.1", *items])
        e, f = (self.expression(depth - 1, loops) for _ in range(2))
        forms = (
            *(f"({e} + {f})", f"({e} - {f})", f"{e} * {f} * 0.5", f"math.sin({e})"),
            *(f"math.exp(-({e}) ** 2)", f"max({e}, {f})", f"{e} / (1.5 + ({f}) ** 2)"),
        )
        return self.r.choice(forms)

    def statement(self, pad, loops):
        e, f = self.expression(2, loops), self.expression(1, loops)
        column = self.r.choice([*loops, "1"])
        simple = (
            *(f"s = {e}", f"v = {e}", f"s = s + {e}", f"v *= math.cos({f})"),
            *(f"t += {e}", f"u -= {f} * 0.3", "c += 1", f"y[i] = {e}", f"z[i] += {e}"),
            *(f"p[k[i]] += {e}", f"p[{self.r.randint(0, 3)}] -= {f}", f"q[i, {column}] = {f}"),
        )
        kind = self.r.random()
        if kind < 0.07:
            lines = [f"{pad}if {f} > 0.2:", *self.statement(f"{pad}    ", loops)]
            if self.r.random() < 0.5:
                lines += [f"{pad}else:", *self.statement(f"{pad}    ", loops)]
            return lines
        if kind < 0.2 and len(loops) < 2:
            j = "jl"[len(loops)]
            inner = [self.statement(f"{pad}    ", (*loops, j)) for _ in range(self.r.randint(1, 3))]
            return [f"{pad}for {j} in range(3):", *(line for block in inner for line in block)]
        if kind < 0.27 and not loops:
            e = self.expression(1, ("j",))
            return [f"{pad}for j in range(3):", f"{pad}    r[j] = {e}"]
        return [f"{pad}{self.r.choice(simple)}"]


def data(seed, n):
    """Return values for (x, m, a, k)."""
    rng = np.random.default_rng(seed)
    x, m = rng.uniform(-1, 1, n), rng.uniform(-1, 1, (max(n, 2), 3))
    return x, m, float(rng.uniform(-1, 1)), rng.integers(0, 4, n)
