"""Wilder random programs: what `programs.Programs` makes, and more, with hostile names.

Helpers that write their arguments inside expressions, views written and overlapping, running
extremes and their places, counters used again, NamedTuples and tuples of arrays, exits, asserts
and exceptions. Then the names of the function become words that generated code uses itself.
"""

import random
import re

from programs import SCALARS, WRITTEN, Programs

WILD_IMPORTS = """from program_helpers import Pair, Work
from program_helpers import h_bump, h_checked, h_deep, h_fill, h_longest, h_mixed, h_pop
from program_helpers import h_relax, h_same, h_step, h_swap, h_tail, h_turned
"""

WILD_HEAD = """    e = Pair(0.2, a * 0.5)
    c = Work(x * 0.3, np.ones(5))
    va, rv, col, pa = z[1:4], y[::-1], g[:, 1], (y, z)
    top, count = np.array([2]), np.zeros(1, np.int64)
    best, at, i = -1e300, 0, 1
"""

# The variables of a program, and words of the generated code that may take their places.
OURS = """
s t u w k j y z p g row d e c va rv col pa top count best at i x m a n
""".split()  # noqa: SIM905
VOCABULARY = """
turn_1 turns turns_1 iteration iterations_1 k_before k_last first_ base_zero result results
result_1 bars_ bars stack
stack_ kept_ kept_top_ kept x_bar x_dot s_bar shared bound seed array t_1 b b_1 r done found
chosen lambda_ f_ np_1 math_1 top_ top_1 y_1 y_2 i_1 i_2 n_1 v v_1 saved saved_1 exit_1 left
returned iterations iteration_1 counts value value_1 tape out args given main call sums sin_ exp_
divide scale assign add_into added room last_of new_stack zeros_for nonzero lifted fitting
separate pull_sum
push_sum start stop step step_1 index index_1 flag flag_1 test test_1 old new before after state
TREND END result_bar result_seed result_value base_ base partial weight share extreme extreme_1
place at_1 best_1 self
""".split()  # noqa: SIM905

FEATURES = ("order", "views", "extremes", "tuples", "counters", "exits")


class Wild(Programs):
    """A generator of wilder programs, from a seed.

    Parameters
    ----------
    seed : int
    named : bool
        Whether the names are drawn from the generator's own vocabulary.
    features : set of str
        Which of `FEATURES` there are.
    """

    def __init__(self, seed, arrays=0.3, named=True, features=FEATURES):
        super().__init__(seed, arrays=arrays, views=True, more=True)
        self.named, self.features = named, features

    def one_of(self, **choices):
        """Return one of the choices of the features that there are, called; None without any."""
        found = [c for feature in FEATURES if feature in self.features for c in choices[feature]]
        return self.r.choice(found)() if found else None

    def source(self):
        """Return a module with the function ``f``."""
        text = super().source()
        return renamed(text, self.names(), self.r) if self.named else text

    def imports(self):
        return super().imports() + WILD_IMPORTS

    def more_head(self):
        return WILD_HEAD

    def names(self):
        """Return the variables that may get other names."""
        return OURS

    def total(self):
        rest = " + e.q * e.r + np.sum(c.a * c.b) + rv[0] * va[1] + best * 1e-3 * (best > -10.0)"
        return super().total() + rest + " + x[at] * count[0]"

    # Expressions ---------------------------------------------------------------------------

    def more_scalar(self, e, loops):
        r = self.r
        if r.random() < 0.5:
            return super().more_scalar(e, loops)
        v, w = r.choice(WRITTEN), r.choice(SCALARS)
        i = lambda: self.index(list(loops))  # noqa: E731
        found = self.one_of(
            order=[
                lambda: f"{v}[{i()}] * {w} * 0.5 + h_bump({v}, {i()}, {w})",
                lambda: f"(h_bump({v}, {i()}, {w}) - {v}[{i()}] * 0.5)",
                lambda: f"math.atan2({v}[{i()}], 1.5 + abs(h_bump({v}, {i()}, {w})))",
                lambda: "x[count[0] % 5] * h_step(count) * 0.1",
                lambda: f"{v}[h_step(count) % 5] * x[h_step(count) % 5]",
                lambda: f"({v}[top[0] - 1] - 0.5 * h_pop({v}, top))",
                lambda: f"({v}[{i()}] - h_relax({v}, {i()})) ** 2",
                lambda: f"max({v}[{i()}], h_swap({v}, {i()}, {i()}))",
                lambda: f"np.sum({v}) * 0.2 * h_fill({v}, {w})",
                lambda: f"h_scalar({v}[{i()}], b=h_bump({v}, {i()}, {w}))",
                lambda: f"h_deep({v}, n % 3, {w})",
                lambda: f"({v}[0] + h_deep({v}, 2, {w}) * {v}[2])",
            ],
            views=[
                lambda: f"va[{self.index(list(loops), 3)}]",
                lambda: f"rv[{i()}]",
                lambda: f"col[{self.index(list(loops), 3)}]",
            ],
            extremes=[lambda: f"h_longest({v}, x)[0] * 0.3", lambda: "x[at] * x[(at + i) % 5]"],
            tuples=[
                lambda: f"e.{r.choice('qr')}",
                lambda: f"c.{r.choice('ab')}[{i()}]",
                lambda: f"pa[{r.choice('01')}][{i()}]",
            ],
            counters=[lambda: f"x[i % 5] * {w}"],
            exits=[lambda: f"h_checked({e()}, {v})"],
        )
        return found or super().more_scalar(e, loops)

    # Statements ----------------------------------------------------------------------------

    def statement(self, depth, in_loop, loops):
        r, pad = self.r, "    " * depth
        if r.random() < 0.28:
            lines = self.wild_block(depth, loops) if depth < 4 and r.random() < 0.3 else None
            lines = lines or self.wild_statement(loops)
            if lines:
                self.budget -= 1
                return [pad + line for line in lines]
        return super().statement(depth, in_loop, loops)

    def wild_statement(self, loops):
        r = self.r
        v, w = r.choice(WRITTEN), r.choice(SCALARS)
        e = lambda depth=1: self.scalar(depth, loops)  # noqa: E731
        i = lambda size=5: self.index(list(loops), size)  # noqa: E731
        return self.one_of(
            order=[
                lambda: [f"{v}[{i()}] += h_bump({v}, {i()}, {w}) * 0.5"],
                lambda: [f"{w} += ({v}[{i()}] - h_relax({v}, {i()})) ** 2"],
                lambda: [f"{w}, t = {v}[0], h_bump({v}, 0, {w})"],
                lambda: [f"{v}[h_step(count) % 5] = x[h_step(count) % 5] * {w}"],
                lambda: [f"e = Pair({v}[{i()}], h_bump({v}, {i()}, {w}))"],
            ],
            views=[
                lambda: [f"va = {v}[{r.choice([':3', '1:4', '2:'])}]"],
                lambda: [f"va = h_tail({v})"],
                lambda: [f"va[{i(3)}] = {e()}"],
                lambda: [f"va *= {w}"],
                lambda: [f"va[1:] = va[:-1] * {w}"],
                lambda: [f"rv = {v}[::-1]"],
                lambda: [f"rv[{i()}] = {e()}"],
                lambda: [f"rv[:3] += {v}[2:] * 0.3"],
                lambda: [f"col = g[:, {i(4)}]"],
                lambda: [f"col[{i(3)}] *= {w}"],
                lambda: [f"{v}[1:] = {v}[:-1] * 0.7"],
                lambda: [f"{v}[:-1] = {v}[1:]"],
                lambda: [f"{v}[::2] = {v}[2:] * {w}"],
                lambda: [f"g.T[{i(4)}] = {v}[:3]"],
                lambda: [f"g.ravel()[{i(12)}] = {e()}"],
                lambda: [f"g.reshape(4, 3)[{i(4)}, {i(3)}] = {e()}"],
                lambda: [f"g.T.ravel()[{i(12)}] = {e()}"],
                lambda: [f"g[0] = g[:3, 1][0] * {w}"],
                lambda: [f"g[1:, 0] = g[:-1, 1] * {w}"],
                lambda: [f"np.asarray({v})[{i()}] = {e()}"],
                lambda: [f"np.ascontiguousarray({v})[{i()}] += {e()}"],
                lambda: [f"y = h_same({v}, {w})"],
            ],
            extremes=[
                lambda: [f"best, at = h_longest({v}, x)"],
                lambda: [f"best = max(best, {e()})"],
                lambda: [f"at = np.arg{r.choice(['max', 'min'])}({v})"],
                lambda: [f"{w} = x[at] * best if best > -10.0 else {w}"],
            ],
            tuples=[
                lambda: [f"e = Pair({e()}, e.q)"],
                lambda: [f"e = h_turned(e, {e()})"],
                lambda: [f"{w}, u = e"],
                lambda: [f"c.a[{i()}] = {e()}"],
                lambda: [f"c.b[:] = c.a * {w}"],
                lambda: [f"c = Work(c.b, {v} * {w})"],
                lambda: ["y, z = c"],
                lambda: ["c = Work(z, y)"],
                lambda: [f"pa = (z, {r.choice(['y', 'p', 'z'])})"],
                lambda: [f"pa = h_mixed(pa[0], pa[1], {w})"],
                lambda: [f"pa[{r.choice('01')}][{i()}] = {e()}"],
                lambda: ["y, z = pa"],
            ],
            counters=[lambda: [f"{w} += x[i % 5] * 0.3"], lambda: [f"i = ({i()}) % 5"]],
            exits=[
                lambda: [f"assert {w} < 1e6"],
                lambda: [f"if {w} > 1e6:", '    raise ValueError("large")'],
                lambda: [f"if n == {r.randint(1, 4)} and {w} > 0.9:", '    raise ValueError("n")'],
            ],
        )

    def wild_block(self, depth, loops):
        """Return a loop of a known shape, its lines not yet indented."""
        r = self.r
        v, w = r.choice(WRITTEN), r.choice(SCALARS)
        count = r.choice(["5", "x.size", "n", "k % 4"])
        inside = [*loops, "i"]
        body = lambda: [  # noqa: E731
            f"    {line}" for _ in range(r.randint(1, 2)) for line in self.scalar_statement(inside)
        ]
        sign = r.choice("<>")
        start = "-1e300" if sign == ">" else "1e300"
        value = self.scalar(1, inside)
        again = [f"for i in range({r.choice(['5', 'n', 'i, 5', '4, 0, -2'])}):", *body()]
        return self.one_of(
            order=[
                lambda: [
                    "i = 0",
                    f"while i < {r.choice(['3', 'n'])}:",
                    f"    {v}[h_step(count) % 5] += {value} * 0.3",
                    *body(),
                    "    i += 1",
                    f"{w} *= x[i % 5]",
                ]
            ],
            views=[
                lambda: [
                    f"for i in range({count}):",
                    f"    va = {v}[i % 3 : i % 3 + 3]",
                    f"    va[0] += va[1] * {w} * 0.3",
                    f"    {w} = va[2] * 0.5",
                    *body(),
                ]
            ],
            extremes=[
                lambda: [
                    f"best, at = {start}, 0",
                    f"for i in range({count}):",
                    f"    q = {v}[i % 5] * {value}",
                    f"    if q {sign} best:",
                    "        best, at = q, i % 5",
                    f"{w} += best * 0.1 if abs(best) < 10.0 else {v}[at]",
                    *again,
                ],
                lambda: [
                    f"best = {start}",
                    f"for i in range({count}):",
                    f"    best = {'max' if sign == '>' else 'min'}(best, {v}[i % 5] * {w})",
                    *body(),
                    f"{w} = best if abs(best) < 10.0 else x[i % 5]",
                ],
            ],
            tuples=[
                lambda: [
                    f"for i in range({count}):",
                    f"    e = h_turned(e, {v}[i % 5])",
                    *body(),
                    "    c = Work(c.b, c.a * e.q)",
                ]
            ],
            counters=[
                lambda: [
                    f"for i in range({count}):",
                    *body(),
                    f"    if {self.test(inside)}:",
                    f"        {r.choice(['break', 'continue'])}",
                    "    i = (i + 2) % 5",
                    f"    {v}[i] = {value}",
                    f"{w} += {v}[i % 5] * 0.5",
                    *again,
                ]
            ],
            exits=[
                lambda: [
                    f"for i in range({count}):",
                    *body(),
                    "    for j in range(i % 3 + 1):",
                    f"        {w} = {w} * 0.7 + {v}[j] * {v}[i % 5]",
                    f"        if {w} > 0.8:",
                    f"            return {w} * {v}[i % 5] + p[j]",
                ]
            ],
        )


def renamed(source, names, chance):
    """Return the source with some of the variables renamed to words of the generated code."""
    mapping = {}
    free = [word for word in VOCABULARY if not re.search(rf"\b{word}\b", source)]
    chance.shuffle(free)
    for name in names:
        if chance.random() < 0.6:
            mapping[name] = free.pop()
    head, body = source.split("def f(", 1)
    # Not an attribute (.a), not a keyword argument (b=...).
    pattern = r"(?<![\w.])(" + "|".join(map(re.escape, mapping)) + r")(?!\w)"
    return head + "def f(" + re.sub(pattern, lambda found: mapping[found[1]], body)


def program(seed, features=FEATURES):
    """Return the source of the wild program of a seed; every second one has hostile names."""
    kinds = random.Random(seed * 7919)
    arrays = kinds.choice((0.0, 0.3, 0.6))
    return Wild(seed, arrays=arrays, named=seed % 2 == 1, features=features).source()
