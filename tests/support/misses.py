"""Blocks of random kernels that meet, or just miss, the conditions of optimisations.

Items that a turn does not own (from the end, across the diagonal, added beside stores), work arrays
that are written in part, bounds and steps that change, passive arrays that change afterwards.
"""


class Misses:
    """A part of `kernels.Kernels`."""

    def misses(self):
        """Return one of the blocks below."""
        blocks = (self.own, self.crossed, self.scratch, self.square, self.counted, self.later)
        return self.r.choice((*blocks, self.index_later, self.chosen, self.tuples, self.bounds))()

    def own(self):
        """Items of a turn's own, or of others, too."""
        v = self.r.choice("yzp")
        header = self.r.choice(("5", "-4, 5", "-2, 3", "4, -1, -1", "1, 5", "n"))
        leaves = ["a", "x[i]", f"{self.r.choice('xyz')}[i]", "math.cos(1.3 * i)"]
        writes = [
            f"    {v}[i] = math.tanh({self.expression(1, leaves)})",
            f"    {v}[i - 1] += {self.expression(1, leaves)}",
            f"    {v}[i - 1] = {self.expression(1, leaves)}",
            f"    {v}[i] += {self.expression(1, leaves)}",
            f"    {v}[-i] = {self.expression(1, leaves)}",
        ]
        lines = self.r.sample(writes, self.r.randint(1, 3))
        if self.r.random() < 0.5:  # a nest
            q = self.fresh("q")
            lines = [
                f"    {q} = 0.0",
                "    for j in range(3):",
                f"        {q} += x[i] * x[j]",
                *lines,
            ]
            lines.append(f"    {self.r.choice('yzp')}[i] = {q}")
        return [f"for i in range({header}):", *lines]

    def crossed(self):
        """A square that is written by rows and by columns."""
        b = self.r.choice(("g", "h"))
        leaves = self.leaves("i", "j")
        writes = [
            f"        {b}[i, j] = {self.expression(1, leaves)}",
            f"        {b}[j, i] {self.r.choice(('=', '+='))} {self.expression(1, leaves)}",
            f"        {b}[i, i] {self.r.choice(('=', '+='))} {self.expression(1, leaves)}",
        ]
        header = self.r.choice(("3", "i", "i + 1", "i, 3"))
        return [
            "for i in range(3):",
            f"    for j in range({header}):",
            *self.r.sample(writes, self.r.randint(1, 3)),
        ]

    def count(self):
        """Return (lines that set a number up to 4, its source)."""
        k = self.fresh("k")
        return self.r.choice(
            (
                ([], "4"),
                ([], "i"),
                ([], "INDEX[i]"),
                ([f"    {k} = {self.r.choice(('1', '2', 'i', 'INDEX[i]'))}"], k),
            )
        )

    def scratch(self):
        """A work array from before the loop, written in part in each turn, then read."""
        v, w, q = self.fresh("v"), self.r.choice(("s", "t", "u")), self.fresh("q")
        set_first, first = self.count()
        set_then, then = self.count()
        if self.r.random() < 0.4 and set_first:  # the same variable, changed in between
            set_then, then = [f"    {first} = {self.r.choice(('3', '4', 'i + 1'))}"], first
        leaves = self.leaves("i", "j")
        at = self.r.choice(("j", "j", "0", "i", "3 - j"))
        reads = (
            [f"    for j in range({then}):", f"        {w} += {v}[j] * {v}[j] * x[i]"],
            [f"    {w} += np.sum({v}) * x[i]"],
            [f"    {q} = {v} * {v}", f"    {w} += {q}[1] + {q}[2] * x[i]"],
            [f"    {w} += np.sum({v}[1:3]) * x[i]"],
            [f"    {w} += {v}[i] * {v}[0]"],
        )
        return [
            f"{v} = np.zeros(4)",
            "for i in range(3):",
            *set_first,
            f"    for j in range({first}):",
            f"        {v}[{at}] = {self.expression(1, leaves)}",
            *set_then,
            *self.r.choice(reads),
            *([f"    {v}[{self.r.choice('0123')}] = x[i]"] if self.r.random() < 0.5 else []),
        ]

    def square(self):
        """A work matrix: its square, a triangle, a diagonal or a row of it is written."""
        v, w = self.fresh("v"), self.r.choice(("s", "t", "u"))
        place = self.r.choice(("k, j", "k, j", "j, k", "k, k", "i, j"))
        last = self.r.choice(("3", "3", "k", "k + 1"))
        return [
            f"{v} = np.zeros((3, 3))",
            "for i in range(3):",
            "    for k in range(3):",
            f"        for j in range({last}):",
            f"            {v}[{place}] = x[j] * x[i] * {self.r.choice(('a', 'x[k]', '0.5'))}",
            "    for k in range(3):",
            f"        for j in range({self.r.choice(('3', 'k', 'k + 1'))}):",
            f"            {w} += {v}[{self.r.choice(('k, j', 'j, k'))}] * x[i]",
            *([f"    {v}[0, 1] = x[i]"] if self.r.random() < 0.5 else []),
        ]

    def counted(self):
        """A counter whose step is read from an array, or changes."""
        c, at, w = self.fresh("c"), self.fresh("at"), self.r.choice(("s", "t", "u"))
        step = self.r.choice((f"{c}[i]", "INDEX[i]", "i", "n", f"{c}[{at} % 5]"))
        after = self.r.choice(([], [f"    {c}[i] = 1"], [f"    {c}[0] += i"], [f"    {c}[:] = 2"]))
        return [
            f"{c}, {at} = INDEX.copy(), 0",
            "for i in range(5):",
            f"    {w} += x[{at} % 5] * {self.expression(1, self.leaves('i'))}",
            f"    {at} {self.r.choice(('+=', '+=', '-='))} {step}",
            *after,
            *([f"    y[{at} % 5] = x[i] * a"] if self.r.random() < 0.4 else []),
        ]

    def later(self):
        """A passive array that a loop reads as a whole, and that changes afterwards."""
        c, q, w = self.fresh("c"), self.fresh("q"), self.r.choice(("s", "t", "u"))
        made = self.r.choice(
            (
                [f"    {q} = {c}.copy()"],
                [f"    {q} = {c} * 2.0"],
                [f"    {q} = np.zeros(5)", f"    {q}[:] = {c}"],
                [f"    {q} = np.empty(5)", f"    {q}[:] = {c}[0]"],
                [f"    {q} = {c}[::-1] + i"],
            )
        )
        uses = (f"x[j] * x[i] * {q}[j]", f"math.sin(x[j] * {q}[i])", f"{q}[j] * x[j]")
        return [
            f"{c} = np.arange(5) * 0.3",
            f"for i in range({self.r.choice(('3', 'n'))}):",
            *made,
            "    for j in range(4):",
            f"        {w} += {self.r.choice(uses)}",
            *([f"    {c}[i] = 0.7"] if self.r.random() < 0.3 else []),
            self.r.choice((f"{c}[:] = 3.0", f"{c} *= 0.0", f"{c}[1] = 5.0")),
        ]

    def index_later(self):
        """Integers that are indices, read from an array or found by a function of it, change."""
        c, q, w = self.fresh("c"), self.fresh("q"), self.r.choice(("s", "t", "u"))
        place = self.r.choice((f"np.argmax({c})", f"{c}[i]", f"{c}[{c}[i]]", f"np.argmin({c})"))
        inner = self.r.choice(
            (
                [f"    {w} += x[{place}] * x[i]"],
                [f"    y[{place}] += x[i] * a"],
                [
                    f"    {q} = np.zeros(5)",
                    f"    {q}[{place}] = 2.0",
                    f"    {w} += np.dot({q}, x) * a",
                ],
                [
                    f"    {q} = np.zeros(5)",
                    f"    {q}[{place}] = 2.0",
                    "    for j in range(5):",
                    f"        {w} += {q}[j] * x[j] * x[i]",
                ],
            )
        )
        changed = self.r.choice(([], [f"    {c}[i] = 0"], [f"    {c}[{place}] = 1"]))
        return [f"{c} = INDEX.copy()", "for i in range(5):", *inner, *changed, f"{c}[:] = 0"]

    def chosen(self):
        """One of two arrays, written into under a third name."""
        q, v, w = self.fresh("q"), self.fresh("v"), self.r.choice(("s", "t", "u"))
        one = self.r.choice("yzp")
        made = self.r.choice(("np.ones(5)", "x * a", "np.zeros_like(x)", "z"))
        choose = self.r.choice(
            (
                [f"    {v} = {one} if i < 1 else {q}"],
                [f"    {v} = {one}", "    if x[i] > 0.2:", f"        {v} = {q}"],
            )
        )
        return [
            "for i in range(3):",
            f"    {q} = {made}",
            *choose,
            f"    {v}[{self.r.choice(('0', 'i'))}] = {v}[1] * x[i]",
            f"    for j in range({self.r.choice(('2', '4'))}):",
            f"        {w} += {v}[j] * {v}[0] * 0.5",
        ]

    def tuples(self):
        """Integers that change places, and loops over tuples of them."""
        j, k, w = self.fresh("j"), self.fresh("k"), self.r.choice(("s", "t", "u"))
        swap = self.r.choice(
            (
                f"{j}, {k} = {k}, {j}",
                f"{j}, {k} = ({k}, {j}) if a > 0.0 else ({j}, {k})",
                f"{k}, {j} = divmod({k} + 7, 3)",
                f"{j}, {k} = INDEX[{k}], {j}",
            )
        )
        over = self.r.choice((f"({j}, {k}, {j} + 1)", f"({k}, {j})", f"(({j}), 2 - {j} % 2, {k})"))
        q = self.fresh("q")
        return [
            f"{j}, {k} = 1, {self.r.choice('02')}",
            "for i in range(3):",
            f"    {w} += x[{j} % 5] * x[{k} % 5] * a",
            f"    {swap}",
            f"for {q} in {over}:",
            f"    {w} += x[{q} % 5] * y[{j} % 5]",
            f"    {self.r.choice((j, k))} = {q}",
        ]

    def bounds(self):
        """Loops within loops that keep values, with bounds of either sign."""
        w, q = self.r.choice(("s", "t", "u")), self.fresh("q")
        header = self.r.choice(
            (
                "3 - i * k",
                "i * k",
                "(i - 1) * (k - 1)",
                "max(i - 2, k - 3), 2",
                "-k * i + 2",
                "k - i, 3",
            )
        )
        first = self.r.choice(("3", "-1, 2", "n"))
        return [
            f"for i in range({first}):",
            "    for k in range(3):",
            f"        for j in range({header}):",
            f"            {q} = math.exp(-((x[j] * x[k]) ** 2))",
            f"            {q} = {q} * {self.r.choice(('x[k]', q, 'a'))}",
            f"            {w} += {q} * {q} * 0.3",
        ]
