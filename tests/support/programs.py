"""Random programs in the language that reverse mode by source transformation takes.

Each is the source of ``f(x, m, a, n)``: x an array of 5 numbers, m one of 3 by 4, a a number,
n a small integer.  Values stay small: what is assigned is bounded by its operations.
"""

import random

N = 5
SCALARS = ["s", "t", "u", "w"]
VECTORS = ["x", "y", "z", "p"]
WRITTEN = ["y", "z", "p", "x"]

IMPORTS = """import math

import fastad
import numpy as np
from program_helpers import C, PICKED, TABLE
from program_helpers import h_both, h_closed, h_early, h_flag, h_folded, h_makes, h_pair
from program_helpers import h_power, h_reads, h_ruled, h_scalar, h_writes
from program_helpers import h_chosen, h_moves, h_times, h_tree


"""

HEAD = """def f(x, m, a, n):
    s, t, u, w = 0.3, a, 0.1 * a, 0.2
    k, j = 1, 0
    y = np.zeros(5)
    z = x * 0.5
    p = np.full(5, a)
    g = m.copy()
    row = g[0]
    d = (a, 0.4)
"""


class Programs:
    """A generator of programs, from a seed.

    Parameters
    ----------
    seed : int
    arrays : float
        The share of statements on whole arrays.
    views : bool
        Whether views are made and written through.
    more : bool
        Whether there are tuples, several results, recursion, rules of one's own, ...
    """

    def __init__(self, seed, arrays=0.3, views=True, more=False):
        self.seed, self.r = seed, random.Random(seed)
        self.arrays, self.views, self.more = arrays, views, more
        self.returns = False
        self.budget = self.r.randint(5, 18)
        self.counter = 0

    def source(self):
        """Return a module with the function ``f``."""
        lines = []
        while self.budget > 0:
            lines += self.statement(1, False, [])
        if self.more and not self.returns and self.r.random() < 0.2:
            lines += ["    return s * t, y, g[1]"]
        else:
            lines += [f"    return {self.scalar(2)}" if self.r.random() < 0.3 else self.total()]
        return f"{self.imports()}\n\n{self.head()}{self.more_head()}" + "\n".join(lines) + "\n"

    def imports(self):
        """Return the lines before the function."""
        return IMPORTS.rstrip("\n") + "\n"

    def more_head(self):
        """Return more lines before the random ones."""
        return ""

    def head(self):
        """Return the lines before the random ones; in some programs numbers begin as integers."""
        if self.seed % 4 != 3:
            return HEAD
        head = HEAD.replace("0.3, a, 0.1 * a, 0.2", "0, a, 0.1 * a, 1")
        return head.replace("(a, 0.4)", "(1, 0)")

    def total(self):
        return "    return s + 0.7 * t + u * w + np.sum(y * z) + p[0] + x[1] * p[-1] + np.sum(g)"

    # Expressions ---------------------------------------------------------------------------

    def index(self, loops, size=N):
        r = self.r
        choice = r.random()
        if loops and choice < 0.5:
            v = r.choice(loops)
            form = r.choice([f"{v} % {size}", f"({v} + 1) % {size}", f"-1 - {v} % {size}"])
            return form
        if choice < 0.7:
            return f"{r.choice(['k', 'j', 'n'])} % {size}"
        return str(r.randint(-size, size - 1))

    def integer(self, loops):
        r = self.r
        a = r.choice(["k", "j", "n", *loops])
        return r.choice(
            [f"({a} * 2 + 1) % 7", f"{a} + 1", f"{a} // 2", f"{a} % 3", f"len({'x'}) - {a}"]
        )

    def scalar(self, depth, loops=()):
        r = self.r
        loops = list(loops)
        if depth <= 0 or r.random() < 0.15:
            return r.choice(
                [
                    *SCALARS,
                    "a",
                    "C",
                    "0.5",
                    f"{r.choice(VECTORS)}[{self.index(loops)}]",
                    f"m[{self.index(loops, 3)}, {self.index(loops, 4)}]",
                    f"g[{self.index(loops, 3)}, {self.index(loops, 4)}]",
                    f"row[{self.index(loops, 4)}]",
                    f"TABLE[{self.index(loops)}]",
                    f"{r.choice(['k', 'n', 'j'])} * 0.1",
                ]
            )
        e = lambda: self.scalar(depth - 1, loops)  # noqa: E731
        if self.more and r.random() < 0.25:
            return self.more_scalar(e, loops)
        return r.choice(
            [
                lambda: f"({e()} + {e()})",
                lambda: f"({e()} - {e()})",
                lambda: f"{e()} * {e()} * 0.5",
                lambda: f"{e()} / (1.5 + {r.choice(SCALARS)} ** 2)",
                lambda: f"math.sin({e()})",
                lambda: f"np.tanh({e()})",
                lambda: f"math.exp(-({e()}) ** 2)",
                lambda: f"math.sqrt(1.0 + ({e()}) ** 2)",
                lambda: f"min({e()}, {e()})",
                lambda: f"max({e()}, {e()}, 0.1)",
                lambda: f"abs({e()})",
                lambda: f"-{e()}" if r.random() < 0.5 else f"(-{e()})",
                lambda: f"({e()} if {self.test(loops)} else {e()})",
                lambda: f"h_scalar({e()})",
                lambda: f"h_scalar({e()}, b={e()})",
                lambda: f"h_reads({r.choice(VECTORS)}, {self.index(loops)})",
                lambda: f"np.arctan2({e()}, 2.0)",
                lambda: f"np.sum({r.choice(VECTORS)}) * 0.2",
                lambda: f"np.dot({r.choice(VECTORS)}, {r.choice(VECTORS)}) * 0.1",
                lambda: f"{r.choice(VECTORS)}.max()",
                lambda: f"np.mean({r.choice(VECTORS)}[1:])",
                lambda: (
                    f"(2.0 + {r.choice(SCALARS)} ** 2) ** {r.choice(['0.5', '-1', '1.5', 'C'])}"
                ),
            ]
        )()

    def more_scalar(self, e, loops):
        r = self.r
        v = r.choice(VECTORS)
        return r.choice(
            [
                lambda: f"d[{r.choice(['0', '1', '-1'])}]",
                lambda: f"h_early({v}, {e()})",
                lambda: f"h_flag({e()}, {r.choice(['True', 'n > 2', 'k == j'])})",
                lambda: f"h_power({e()}, {r.choice(['1', '2', 'n % 3'])})",
                lambda: f"h_folded({v}, {r.choice(['0', '2', 'n'])})",
                lambda: self.recursion(v, e()),
                lambda: self.recursion(v, e()),
                lambda: f"h_closed({e()})",
                lambda: f"h_both({v}, {e()})[1]",
                lambda: f"h_ruled({v}, {r.choice(SCALARS)})[1] * 0.3",
                lambda: f"(g[1:, 1:3] @ {v}[:2])[{self.index(loops, 2)}]",
                lambda: f"np.sum(g.T[{self.index(loops, 4)}])",
                lambda: f"np.sum({v}[::2] * {r.choice(VECTORS)}[-3:])",
                lambda: f"np.sum(g.reshape(4, 3)[{self.index(loops, 4)}])",
                lambda: f"{v}[PICKED][{self.index(loops)}]",
                lambda: f"np.sum(g, axis=0)[{self.index(loops, 4)}]",
                lambda: f"np.linalg.norm({v}) * 0.2",
                lambda: f"fastad.logsumexp({v})",
                lambda: f"(0.5 if 0.1 < {e()} < 0.7 else {e()})",
                lambda: f"({e()} + n // 2 * a)",
            ]
        )()

    def recursion(self, v, e):
        return self.r.choice(
            [
                f"h_tree({v}, {e}, {self.r.randint(0, 3)})",
                f"h_times({v}, {e}, n % 3)",
                f"h_chosen({v}, {self.r.randint(0, 2)})",
                f"h_moves({self.r.choice('yz')}, {self.r.randint(0, 3)})",
            ]
        )

    def vector(self, depth=1):
        r = self.r
        if depth <= 0:
            return r.choice([*VECTORS, "TABLE", "x[::-1]", "g[1:].ravel()[:5]"])
        v = lambda: self.vector(depth - 1)  # noqa: E731
        if self.more and r.random() < 0.25:
            c, name = self.scalar, r.choice(VECTORS)
            return r.choice(
                [
                    lambda: f"np.array([{c(1)}, {c(1)}, 0.5, {c(2)}, {c(1)}])",
                    lambda: f"h_both({name}, {c(1)})[0]",
                    lambda: f"h_ruled({name}, {r.choice(SCALARS)})[0]",
                    lambda: f"{name}[PICKED]",
                    lambda: f"np.asarray({name})" if self.views else f"np.copy({name})",
                    lambda: f"np.ones(5) * {c(1)}",
                    lambda: f"(np.outer({name}, {name}) @ {r.choice(VECTORS)}) * 0.2",
                ]
            )()
        return r.choice(
            [
                lambda: f"{v()} * {v()}",
                lambda: f"{v()} + {self.scalar(1)}",
                lambda: f"{self.scalar(1)} - {v()}",
                lambda: f"np.sin({v()})",
                lambda: f"np.maximum({v()}, {v()})",
                lambda: f"np.tanh({v()} * 0.5 + {r.choice(SCALARS)})",
                lambda: f"{r.choice(VECTORS)}.copy()",
                lambda: (
                    f"np.where({r.choice(VECTORS)} > 0.1, {r.choice(VECTORS)}, {r.choice(VECTORS)})"
                ),
                lambda: f"{v()} / (2.0 + {r.choice(VECTORS)} ** 2)",
                lambda: f"h_makes({r.choice(VECTORS)}, {r.choice(SCALARS)})",
                lambda: "np.zeros(5)",
                lambda: f"np.full(5, {r.choice(SCALARS)})",
                lambda: f"np.cumsum({r.choice(VECTORS)}) * 0.3",
                lambda: f"-{r.choice(VECTORS)}",
            ]
        )()

    def test(self, loops):
        r = self.r
        one = lambda: r.choice(  # noqa: E731
            [
                f"{r.choice(SCALARS)} > {r.choice(['0.2', '-0.1', 'C', 'a'])}",
                f"{r.choice(VECTORS)}[{self.index(list(loops))}] < 0.3",
                f"{r.choice(['k', 'n', 'j', *loops])} % 2 == 0",
                f"{r.choice(['k', 'n', 'j', *loops])} > 1",
            ]
        )
        c = r.random()
        if c < 0.15:
            return f"({one()} and {one()})"
        if c < 0.25:
            return f"({one()} or {one()})"
        if c < 0.3:
            return f"not ({one()})"
        return one()

    # Statements ----------------------------------------------------------------------------

    def block(self, depth, in_loop, loops):
        lines = []
        for _ in range(self.r.randint(1, 4)):
            lines += self.statement(depth, in_loop, loops)
        return lines

    def statement(self, depth, in_loop, loops):
        self.budget -= 1
        r, pad = self.r, "    " * depth
        c = r.random()
        if depth < 5 and self.budget > 0:
            if c < 0.12:
                return self.loop(depth, loops)
            if c < 0.16:
                return self.while_loop(depth, loops)
            if c < 0.26:
                return self.branch(depth, in_loop, loops)
        if in_loop and c < 0.31:
            word = r.choice(["break", "continue"])
            return [f"{pad}if {self.test(loops)}:", f"{pad}    {word}"]
        if c < 0.325:
            self.returns = True
            return [
                f"{pad}if {self.test(loops)} and s > 0.25:",
                f"{pad}    return {self.scalar(1, loops)}",
            ]
        if c < 0.325 + self.arrays * 0.6:
            return [pad + line for line in self.array_statement(loops)]
        return [pad + line for line in self.scalar_statement(loops)]

    def scalar_statement(self, loops):
        r = self.r
        v = r.choice(SCALARS)
        if self.more and r.random() < 0.2:
            return r.choice(
                [
                    lambda: [f"d = ({self.scalar(1, loops)}, {self.scalar(1, loops)})"],
                    lambda: [f"d = d[1], {self.scalar(2, loops)}"],
                    lambda: [f"d = h_pair(d[1], {v})"],
                    lambda: [f"{v}, u = d"],
                    lambda: [f"{v} = w = {self.scalar(2, loops)}"],
                    lambda: [f"p, {v} = h_both({r.choice(VECTORS)}, {self.scalar(1, loops)})"],
                    lambda: [f"y, {v} = h_ruled({r.choice(VECTORS)}, {r.choice(SCALARS)})"],
                ]
            )()
        return r.choice(
            [
                lambda: [f"{v} = {self.scalar(3, loops)}"],
                lambda: [f"{v} = {self.scalar(2, loops)}"],
                lambda: [f"{v} += {self.scalar(2, loops)} * 0.5"],
                lambda: [f"{v} -= {self.scalar(2, loops)} * 0.5"],
                lambda: [f"{v} *= math.sin({self.scalar(1, loops)})"],
                lambda: [f"{v} /= 2.0 + abs({self.scalar(1, loops)})"],
                lambda: [f"{v} = {v} + {self.scalar(2, loops)} * 0.3"],
                lambda: ["s, t = t, s"],
                lambda: [f"u, w = h_pair({r.choice(SCALARS)}, {self.scalar(1, loops)})"],
                lambda: [f"s, u = u * 0.9, {self.scalar(2, loops)}"],
                lambda: [f"k = {self.integer(loops)}"],
                lambda: [f"j = {self.integer(loops)}"],
                lambda: ["j += 1"],
                lambda: [f"y[{self.index(loops)}] = {self.scalar(2, loops)}"],
                lambda: [f"{r.choice(WRITTEN)}[{self.index(loops)}] = {self.scalar(2, loops)}"],
                lambda: [
                    f"{r.choice(WRITTEN)}[{self.index(loops)}] += {self.scalar(2, loops)} * 0.5"
                ],
                lambda: [f"{r.choice(WRITTEN)}[{self.index(loops)}] *= {self.scalar(1, loops)}"],
                lambda: [
                    f"g[{self.index(loops, 3)}, {self.index(loops, 4)}] = {self.scalar(2, loops)}"
                ],
                lambda: [
                    f"g[{self.index(loops, 3)}, {self.index(loops, 4)}] -= {self.scalar(1, loops)}"
                ],
                lambda: [f"row[{self.index(loops, 4)}] = {self.scalar(1, loops)}"],
                lambda: [f"row = g[{self.index(loops, 3)}]"] if self.views else ["j = 2"],
                lambda: [
                    f"{v} = h_writes({r.choice('yz')}, {self.index(loops)}, {r.choice(SCALARS)})"
                ],
            ]
        )()

    def array_statement(self, loops):
        r = self.r
        v = r.choice(WRITTEN)
        return r.choice(
            [
                lambda: [f"{r.choice(['y', 'z', 'p'])} = {self.vector(r.randint(1, 2))}"],
                lambda: [f"{v}[:] = {self.vector()}"],
                lambda: [f"{v}[1:4] = {r.choice(VECTORS)}[:3] * {self.scalar(1, loops)}"],
                lambda: [f"{v}[1:] += 0.3 * {r.choice(VECTORS)}[:-1]"],
                lambda: [f"{v}[:] = {self.scalar(1, loops)}"],
                lambda: [f"{v} *= {self.scalar(1, loops)}"],
                lambda: [f"{v} += {self.vector()}"],
                lambda: [f"g[{self.index(loops, 3)}] = {self.scalar(1, loops)}"],
                lambda: [f"g[{self.index(loops, 3)}, 1:] *= {self.scalar(1, loops)}"],
                lambda: [f"g[:, {self.index(loops, 4)}] = {r.choice(VECTORS)}[1:4]"],
                lambda: ["y, z = z, y"] if self.views else ["j = 1"],
                lambda: (
                    [f"{r.choice(['y', 'z', 'p'])} = {r.choice(VECTORS)}"]
                    if self.views
                    else ["j = 0"]
                ),
                lambda: ["g = np.outer(x[:3], y[:4])"],
                lambda: ["g = m * a"],
                lambda: [f"{r.choice(SCALARS)} = np.sum(g[{self.index(loops, 3)}]) * 0.3"],
            ]
        )()

    def name(self, hint):
        self.counter += 1
        return f"{hint}{self.counter}"

    def loop(self, depth, loops):
        r, pad = self.r, "    " * depth
        c = r.random()
        i = (
            self.name("i")
            if r.random() < 0.6 or len(loops) > 1
            else "i"
            if "i" not in loops
            else "ii"
        )
        inside = [*loops, i]
        if c < 0.6:
            header = r.choice(
                [
                    f"range({r.randint(1, 4)})",
                    "range(n)",
                    "range(1, n + 1)",
                    "range(n, 0, -1)",
                    "range(0, 6, 2)",
                    "range(5, -1, -2)",
                    "range(x.size)",
                    "range(k)",
                ]
            )
            return [f"{pad}for {i} in {header}:", *self.block(depth + 1, True, inside)]
        v = self.name("v")
        use = f"{pad}    s += {v} * {self.scalar(1, loops)} * 0.3"
        array = r.choice(VECTORS)
        if c < 0.7:
            return [f"{pad}for {v} in {array}:", use, *self.block(depth + 1, True, loops)]
        if c < 0.8:
            return [
                f"{pad}for {i}, {v} in enumerate({array}):",
                use,
                *self.block(depth + 1, True, inside),
            ]
        if c < 0.9:
            q = self.name("q")
            use = f"{pad}    t -= {v} * {q} * 0.2"
            return [
                f"{pad}for {v}, {q} in zip({array}, {r.choice(VECTORS)}):",
                use,
                *self.block(depth + 1, True, loops),
            ]
        q = self.name("q")
        use = f"{pad}    t += {q}[{self.index(loops, 4)}] * 0.2"
        return [
            f"{pad}for {q} in {r.choice(['m', 'g'])}:",
            use,
            *self.block(depth + 1, True, loops),
        ]

    def while_loop(self, depth, loops):
        r, pad = self.r, "    " * depth
        c = self.name("c")
        test = f"{c} < {r.choice(['3', 'n', '2'])}"
        if r.random() < 0.5:
            test += f" and {r.choice(SCALARS)} < {r.choice(['2.0', '0.5'])}"
        body = self.block(depth + 1, True, [*loops, c])
        return [f"{pad}{c} = 0", f"{pad}while {test}:", f"{pad}    {c} += 1", *body]

    def branch(self, depth, in_loop, loops):
        r, pad = self.r, "    " * depth
        lines = [f"{pad}if {self.test(loops)}:", *self.block(depth + 1, in_loop, loops)]
        if r.random() < 0.3:
            lines += [f"{pad}elif {self.test(loops)}:", *self.block(depth + 1, in_loop, loops)]
        if r.random() < 0.6:
            lines += [f"{pad}else:", *self.block(depth + 1, in_loop, loops)]
        return lines
