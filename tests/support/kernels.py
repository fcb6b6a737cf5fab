"""Random numerical kernels: loops of the shapes that optimisations are made for.

Nests over independent items, sums of several loops into one, stencils, running extremes, scatters,
work arrays of one turn, early exits: they meet the conditions of optimisations, or just miss.
"""

import random

from misses import Misses

IMPORTS = """import math

import numpy as np
from program_helpers import INDEX, energy, fills, soft

"""
HEAD = """
def f(x, m, a, n):
    s, t, u = 0.0, a, 0.5
    y, z, p = np.zeros(5), x * 0.5, np.empty(5)
    g, h = np.zeros((3, 4)), m.copy()
    for i in range(5):
        p[i] = a * i * 0.1
"""
SUMS, VECTORS, MATRICES = ("s", "t", "u"), ("x", "y", "z", "p"), ("m", "g", "h")


class Kernels(Misses):
    """A generator of kernels, from a seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.made = 0

    def source(self):
        """Return a module with the function ``f``."""
        lines = []
        for _ in range(self.r.randint(2, 6)):
            lines += self.held()
        for name in self.r.sample(("y", "z", "p", "g", "h"), 2):
            lines += self.total(name)
        result = self.r.choice(("s", "s + t * u", "s * 0.5 + np.sum(y * z)", "s + t, y, g"))
        lines.append(f"return {result}")
        return IMPORTS + HEAD + "".join(f"    {line}\n" for line in lines)

    def fresh(self, hint):
        self.made += 1
        return f"{hint}_{self.made}"

    # Expressions ---------------------------------------------------------------------------

    def expression(self, depth, leaves):
        """Return a bounded expression; ``leaves`` are what it may read."""
        r = self.r
        if depth <= 0 or r.random() < 0.2:
            return r.choice(leaves)
        one, two = (self.expression(depth - 1, leaves) for _ in range(2))
        return r.choice(
            [
                *(f"({one} * {two})", f"({one} + {two} * 0.5)", f"({one} - {two})"),
                *(f"math.sin({one})", f"math.exp(-({one}) ** 2)", f"math.tanh({one} + {two})"),
                *(f"({one} / (2.0 + ({two}) ** 2))", f"math.sqrt(1.0 + ({one}) ** 2)"),
                *(f"math.cos({one}) * {two}", f"({one}) ** 2 * 0.3", f"abs({one})"),
                f"max({one}, {two})",
            ]
        )

    def leaves(self, row="", column="", more=()):
        """Return what a turn may read: items at its indices, scalars, functions of counters."""
        found = ["a", "0.7", *more]
        if row:
            found += [f"{v}[{row}]" for v in VECTORS] + [f"math.cos(1.3 * {row})", f"({row} + 1.0)"]
            found += [f"x[({row} + 1) % 5]", f"y[4 - {row}]"]
        if column:
            found += [f"{b}[{row}, {column}]" for b in MATRICES] + [f"x[{column}]", f"z[{column}]"]
            found += [f"math.sin({row} + 2.3 * {column})", f"m[2 - {row}, 3 - {column}]"]
        return found

    # Blocks --------------------------------------------------------------------------------

    def held(self):
        """Return a block, or some in a loop over time, a while loop or a branch."""
        chance = self.r.random()
        if chance < 0.6:
            return self.block()
        inner = [*self.block(), *(self.block() if self.r.random() < 0.5 else [])]
        if chance < 0.8:
            return [f"for {self.fresh('step')} in range(n):", *_in(inner)]
        if chance < 0.9:
            count = self.fresh("count")
            return [f"{count} = 0", f"while {count} < 2:", *_in(inner), f"    {count} += 1"]
        other = ["else:", *_in(self.block())] if self.r.random() < 0.5 else []
        return [f"if {self.r.choice(('a > 0.0', 'n > 2', 's < 1.0'))}:", *_in(inner), *other]

    def block(self):
        r = self.r
        return r.choice(
            (
                *(self.items, self.items, self.nest, self.nest, self.sum, self.sum, self.rows),
                *(self.extreme, self.work, self.stencil, self.branches, self.whole, self.scatter),
                *(self.exit, self.product, self.timed, self.recurrence, self.triangle),
                *(self.product_of_matrices, self.nearest, self.gather, self.by_helper, self.row),
                *(self.converges, self.over_items, self.in_place, self.parts, *[self.misses] * 12),
            )
        )()

    def total(self, name):
        """A weighted sum of all items of an array, added to s."""
        if name in VECTORS:
            return ["for i in range(5):", f"    s += {name}[i] * math.cos(1.3 * i)"]
        return [
            "for i in range(3):",
            "    for j in range(4):",
            f"        s += {name}[i, j] * math.cos(1.3 * i + 2.3 * j)",
        ]

    def scalars(self, leaves):
        """Return (lines, names) of up to two variables of one turn."""
        lines, names = [], []
        for _ in range(self.r.choice((0, 0, 1, 2))):
            name = self.fresh("q")
            lines.append(f"{name} = {self.expression(2, [*leaves, *names])}")
            names.append(name)
        return lines, names

    def items(self):
        v, leaves = self.r.choice(("y", "z", "p", "x")), self.leaves("i", more=("s", "t"))
        lines, names = self.scalars(leaves)
        sign = self.r.choice(("=", "=", "+=", "*="))
        value = self.expression(2, [*leaves, *names, *names])
        if sign == "*=":
            value = f"math.tanh({value})"
        return ["for i in range(5):", *_in(lines), f"    {v}[i] {sign} {value}"]

    def nest(self):
        b, leaves = self.r.choice(("g", "h")), self.leaves("i", "j", ("s",))
        lines, names = self.scalars(leaves)
        value = self.expression(2, [*leaves, *names, *names])
        inner = [*lines, f"{b}[i, j] {self.r.choice(('=', '=', '+='))} {value}"]
        if self.r.random() < 0.3:
            inner.append(f"{self.r.choice(SUMS)} += {b}[i, j] * {self.expression(1, leaves)}")
        return ["for i in range(3):", "    for j in range(4):", *_in(_in(inner))]

    def sum(self):
        r, w = self.r, self.r.choice(SUMS)
        nested = r.random() < 0.5
        leaves = self.leaves("i", "j") if nested else self.leaves("i")
        lines, names = self.scalars(leaves)
        inner = [*lines, f"{w} {r.choice(('+=', '+=', '-='))} {self.expression(2, leaves + names)}"]
        if nested:
            return ["for i in range(3):", "    for j in range(4):", *_in(_in(inner))]
        count = r.choice(("5", "5", "n", "x.size", "1, 4", "4, -1, -1"))
        return [f"for i in range({count}):", *_in(inner)]

    def rows(self):
        """A sum in each row, which goes into an array, a sum, or both."""
        q, w, v = self.fresh("r"), self.r.choice(SUMS), self.r.choice(("y", "p", "z"))
        leaves = self.leaves("i", "j")
        after = [f"{w} += {self.expression(1, [q, 'a', 'x[i]'])}", f"{v}[i] = {q} * 0.5"]
        return [
            "for i in range(3):",
            f"    {q} = {self.r.choice(('0.0', 'x[i]', 'a * i'))}",
            "    for j in range(4):",
            f"        {q} += {self.expression(2, leaves)}",
            *_in(self.r.sample(after, self.r.randint(1, 2))),
        ]

    def extreme(self):
        best, at, w = self.fresh("best"), self.fresh("at"), self.r.choice(SUMS)
        value = self.expression(1, self.leaves("i"))
        if self.r.random() < 0.5:
            return [
                f"{best} = -np.inf",
                "for i in range(5):",
                f"    {best} = max({best}, {value})",
                "for i in range(5):",
                f"    {w} += math.exp(({value}) - {best})",
                f"{w} = math.log(1.0 + {w} ** 2) + {best}",
            ]
        return [
            f"{best}, {at} = -np.inf, 0",
            "for i in range(5):",
            f"    q = {value}",
            f"    if q > {best}:",
            f"        {best}, {at} = q, i",
            f"{w} += {best} * x[{at}]",
        ]

    def work(self):
        """An array of each turn's own."""
        k, w = self.fresh("k"), self.r.choice(SUMS)
        made = self.r.random() < 0.5
        v = self.fresh("v") if made else self.r.choice(("p", "z"))
        leaves = self.leaves("i", "j")
        return [
            "for i in range(3):",
            *([f"    {v} = np.empty(4)"] if made else []),
            "    for j in range(4):",
            f"        {v}[j] = {self.expression(2, leaves)}",
            f"    for {k} in range(4):",
            f"        {w} += {v}[{k}] * {self.expression(1, ['x[i]', f'm[i, {k}]', f'{v}[{k}]'])}",
        ]

    def stencil(self):
        v, w = self.r.sample(("y", "z", "p"), 2)
        value = f"0.5 * {v}[i] + 0.2 * {v}[i - 1] - 0.1 * {v}[i + 1] * {self.r.choice('xa')}"
        value = value.replace("* x", "* x[i]")
        after = self.r.choice(
            (
                ["    for i in range(1, 4):", f"        {v}[i] = {w}[i]"],
                [f"    {v}, {w} = {w}, {v}"],
                [f"    {v}[:] = {w}"],
                [f"    {v}[1:-1] = {w}[1:-1]", f"    s += {v}[2] * {w}[1]"],
            )
        )
        step = self.fresh("step")
        inner = [
            f"for {step} in range(n):",
            "    for i in range(1, 4):",
            f"        {w}[i] = {value}",
        ]
        return [*inner, *after]

    def timed(self):
        step, q = self.fresh("step"), self.fresh("q")
        return [
            f"{q}, {q}_dot = a, 0.5",
            f"for {step} in range({self.r.choice(('n', '4', 'n + 2'))}):",
            f"    force = {self.expression(2, [q, f'{q}_dot', 'x[0]', f'x[{step} % 5]'])}",
            f"    {q}_dot += 0.1 * force",
            f"    {q} += 0.1 * {q}_dot",
            *(["    y[2] = y[2] * 0.5 + " + q] if self.r.random() < 0.4 else []),
            f"{self.r.choice(SUMS)} += {q} * {q}_dot",
        ]

    def branches(self):
        w, other = self.r.choice(SUMS), self.r.choice(SUMS)
        leaves = self.leaves("i")
        return (
            [
                "for i in range(5):",
                f"    if {self.expression(1, leaves)} > {self.r.choice(('0.3', '0.0', 'z[i]'))}:",
                f"        {w} += {self.expression(2, leaves)}",
                *([] if self.r.random() < 0.5 else ["        continue"]),
                *self.r.choice(([], ["    else:", f"        y[i] = {self.expression(1, leaves)}"])),
                f"    {other} += {self.expression(1, leaves)} * 0.5",
            ]
            if self.r.random() < 0.5
            else [
                "for i in range(5):",
                f"    if {self.expression(1, leaves)} > 0.2 and i > 0:",
                f"        {w} += {self.expression(2, leaves)}",
                f"        {self.r.choice('yzp')}[i] = {self.expression(1, leaves)}",
            ]
        )

    def whole(self):
        v, w, o = self.r.choice(("y", "z", "p")), self.r.choice(SUMS), self.r.choice(VECTORS)
        b = self.r.choice(("g", "h"))
        return self.r.choice(
            (
                [f"{v} = np.sin({o}) * a + {v}"],
                [f"{v}[:] = {o} * x + {w}"],
                [f"{v} += {o} * 0.5"],
                [f"{b} = np.tanh(m * {w}) + {b}"],
                [f"{b} += m * a"],
                [f"{w} += np.sum({o} * {v})"],
                [f"{w} += np.dot({o}, x) * 0.3"],
                [f"{v}[:3] = {b} @ {o}[:4] * 0.2" if o != v else f"{v}[:3] = {b} @ x[:4] * 0.2"],
                [f"{b}[1] = {o}[1:] * {b}[0]"],
                [f"{w} = math.sqrt(1.0 + np.sum({b} ** 2))"],
            )
        )

    def parts(self):
        """Rows and slices, as targets and combined with others of one array."""
        v, w, o, b = map(self.r.choice, ("yzp", SUMS, VECTORS, "gh"))
        return self.r.choice(
            (
                [f"{v}[:2], {v}[2:4] = {o}[2:4], {v}[:2]"],
                [f"{b}[0], {b}[1] = {b}[1], {b}[0]"],
                [f"{b}[:, 0], {b}[:, 2] = {b}[:, 2] * a, m[:, 1]"],
                [f"{w}, {v}[1:3] = {v}[0], {o}[0] * 0.5", f"{v}[1:], {w} = {v}[:-1] * a, {w}"],
                [f"{b}[2] += {b}[0]", f"{b}[:, 1] *= {b}[:, 3]", f"{b}[1] -= {b}[1]"],
                [f"{b}[0] -= {b}[1] * {w}", f"{b} *= {b}[:1] * 0.5", f"{v} /= 2.0 + {o} ** 2"],
                [f"{v} = np.where({o} > 0.1, {v}[:1], {o} * {v}) * np.full_like({v}, {w})"],
                [f"{b} = np.where(m > 0.2, {b}[:1], {b}[:, :1] * {w})"],
                [f"{v} = np.where({o}[:1] > 0.0, {w}, {o}) + {v}"],
            )
        )

    def recurrence(self):
        """Items that depend on those before, up or down."""
        v = self.r.choice(("y", "z", "p"))
        header, before = self.r.choice(
            (("range(1, 5)", "i - 1"), ("range(3, -1, -1)", "i + 1"), ("range(2, 5, 2)", "i - 2"))
        )
        value = self.expression(2, [*self.leaves("i"), f"{v}[{before}]", f"{v}[{before}]"])
        return [
            f"for i in {header}:",
            f"    {v}[i] = math.tanh({value})",
            *([f"    s += {v}[i] * {v}[{before}]"] if self.r.random() < 0.5 else []),
        ]

    def triangle(self):
        b, w = self.r.choice(("g", "h")), self.r.choice(SUMS)
        leaves = [*self.leaves("i", "j"), f"{b}[j, i]"]
        q = self.fresh("q")
        return [
            "for i in range(3):",
            f"    {q} = {self.expression(1, self.leaves('i'))}",
            f"    for j in range({self.r.choice(('i', 'i + 1', 'i, 3'))}):",
            f"        {q} {self.r.choice(('+=', '-='))} {self.expression(2, leaves)}",
            f"        {b}[i, j] = {q} * 0.5",
            f"    {w} += {q} / (2.0 + {q} ** 2)",
        ]

    def product_of_matrices(self):
        b, o = self.r.sample(("g", "h", "m"), 2)
        b = "g" if b == "m" else b
        q = self.fresh("q")
        return [
            "for i in range(3):",
            "    for j in range(4):",
            f"        {q} = {self.r.choice(('0.0', f'{b}[i, j]', 'a'))}",
            "        for k in range(3):",
            f"            {q} += {o}[i, k] * {self.r.choice(('m', o))}[k, j] * 0.3",
            f"        {b}[i, j] = {self.r.choice((q, f'math.tanh({q})', f'{b}[i, j] + {q}'))}",
        ]

    def nearest(self):
        """The least of some distances in each turn, and what belongs to it."""
        best, at, w = self.fresh("best"), self.fresh("at"), self.r.choice(SUMS)
        d = self.fresh("d")
        after = [
            f"    {w} += {best}",
            f"    g[{at}, 1] += x[i]",
            f"    y[i] = m[{at}, 0] * {best}",
        ]
        return [
            "for i in range(5):",
            f"    {best}, {at} = np.inf, 0",
            "    for k in range(3):",
            f"        {d} = 0.0",
            "        for j in range(2):",
            f"            {d} += (x[i] * (j + 1.0) - m[k, j]) ** 2",
            f"        if {d} < {best}:",
            f"            {best}, {at} = {d}, k",
            *self.r.sample(after, self.r.randint(1, 3)),
        ]

    def gather(self):
        v, w = self.r.choice("yzp"), self.r.choice(SUMS)
        kind = self.r.choice(("read", "add", "both"))
        lines = ["for i in range(5):", "    j = INDEX[i]"]
        if kind != "add":
            lines.append(f"    {w} += {v}[j] * {self.expression(1, self.leaves('i'))}")
        if kind != "read":
            lines.append(f"    {v}[j] += {self.expression(1, self.leaves('i'))}")
        return lines

    def by_helper(self):
        v, w, b = self.r.choice("yzp"), self.r.choice(SUMS), self.r.choice(("g", "h"))
        one, two = (self.expression(1, self.leaves("i")) for _ in range(2))
        return self.r.choice(
            (
                ["for i in range(5):", f"    {w} += soft({one}, {two})"],
                ["for i in range(5):", f"    {v}[i] = soft({v}[i], {one})"],
                [f"fills({v}, x, {w})"],
                [f"{w} += energy({v}, {b})"],
                ["for i in range(3):", f"    {w} += energy({b}[i], {b})"],
            )
        )

    def row(self):
        """A row of a matrix, as a view or as a new array."""
        b, w, q = self.r.choice(("g", "h")), self.r.choice(SUMS), self.fresh("row")
        made = self.r.random() < 0.5
        inner = [
            f"    for j in range({self.r.choice(('4', f'{q}.size'))}):",
            f"        {q}[j] {self.r.choice(('=', '+=', '*='))} "
            f"math.sin({self.expression(1, self.leaves('i', 'j'))})",
        ]
        return [
            "for i in range(3):",
            f"    {q} = {b}[i]{' * a' if made else ''}",
            *(inner if self.r.random() < 0.7 else []),
            f"    {w} += np.sum({q} * {self.r.choice((q, 'm[i]', f'{b}[0]'))})",
        ]

    def converges(self):
        """A step that is repeated until little changes."""
        q, old, c = self.fresh("q"), self.fresh("old"), self.fresh("c")
        value = self.expression(1, ["a", "x[0] ** 2", "0.3"])
        return [
            f"{q}, {old}, {c} = 1.0 + a * a, 0.0, 0",
            f"while abs({q} - {old}) > 1e-12 and {c} < 40:",
            f"    {old} = {q}",
            f"    {q} = 0.5 * ({q} + (2.0 + {value}) / {q})",
            f"    {c} += 1",
            f"{self.r.choice(SUMS)} += {q}",
        ]

    def over_items(self):
        w, q = self.r.choice(SUMS), self.fresh("v")
        header = self.r.choice(
            (f"for {q} in x:", f"for i, {q} in enumerate(z):", f"for {q}, o in zip(x, y):")
        )
        leaves = [q, q, "a", "o" if "zip" in header else "z[i]" if "enum" in header else "x[1]"]
        more = [f"    p[i] = {q} * {w}"] if "enum" in header and self.r.random() < 0.5 else []
        return [header, f"    {w} += {self.expression(2, leaves)}", *more]

    def in_place(self):
        """An elimination: rows change, and are read changed."""
        b = self.r.choice(("g", "h"))
        return [
            "for k in range(2):",
            "    for i in range(k + 1, 3):",
            f"        f_1 = {b}[i, k] / (3.0 + {b}[k, k] ** 2)",
            "        for j in range(k, 4):",
            f"            {b}[i, j] -= f_1 * {b}[k, j]",
            *(["        s += f_1 * f_1"] if self.r.random() < 0.5 else []),
        ]

    def scatter(self):
        v, index = self.r.choice("yzp"), self.r.choice(("(i * 2) % 5", "i // 2", "4 - i", "i % 2"))
        return ["for i in range(5):", f"    {v}[{index}] += {self.expression(2, self.leaves('i'))}"]

    def exit(self):
        w = self.r.choice(SUMS)
        leaves = self.leaves("i")
        return [
            "for i in range(5):",
            f"    {w} += {self.expression(2, leaves)} * 0.4",
            f"    if {w} > {self.r.choice(('0.8', '1.5'))}:",
            self.r.choice(("        break", f"        {w} *= 0.5")),
        ]

    def product(self):
        w, leaves = self.r.choice(SUMS), self.leaves("i")
        return ["for i in range(5):", f"    {w} *= 1.0 + 0.1 * {self.expression(2, leaves)}"]


def _in(lines):
    return [f"    {line}" for line in lines]


def program(seed):
    """Return the source of the kernel of a seed."""
    return Kernels(seed).source()
