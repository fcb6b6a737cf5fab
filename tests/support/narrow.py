"""Random programs with small integers, unsigned integers, truth values, and ranges of floats.

They are to be compiled only: Numba computes some of them otherwise than Python, in loops over
arrays with integers of 64 bits; `verdicts.compiled` asks the compiled program. Branches whose tests
Numba knows are among them, too.
"""

import random

HEAD = """import numpy as np
from program_helpers import h_bytes, h_power

BYTES = np.array([3, 200, 7, 9, 100], np.uint8)
SMALL = np.array([100, -128, 127, -3, 5], np.int8)
HALF = np.array([300, -2000, 7, 1, 30000], np.int16)
LARGE = np.array([1, 2**63 + 5, 3, 2**40, 7], np.uint64)
FLAGS = np.array([True, False, True, True, False])



"""
WHOLE = ("BYTES", "SMALL", "HALF", "b", "c")
FLAGS = ("FLAGS", "(x > 0.0)", "(y < 0.4)", "(b > 5)", "(c != 7)")


class Narrow:
    """A generator of programs, from a seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def source(self):
        """Return a module with the function ``f``."""
        lines = ["b, c, y, s = BYTES.copy(), SMALL.copy(), x * x, a * 0.5", "k, j = 1, 0"]
        for _ in range(self.r.randint(3, 6)):
            lines += self.statement()
        last = "s + np.sum(y * y) * 1e-3" + self.r.choice(["", " * h_power(0.7, 1)"])
        body = "".join(f"    {line}\n" for line in [*lines, f"return {last}"])
        return f"{HEAD}def f(x, m, a, n):\n{body}"

    def statement(self):
        r, v = self.r, self.r.choice("bc")
        made = [
            lambda: [f"s += np.sum({self.floats()}) * 1e-3"],
            lambda: [f"y = {self.floats()} * 1e-2"],
            lambda: [f"y {r.choice('+-*')}= {r.choice([self.whole(1), 'LARGE * 1e-19'])}"],
            lambda: [f"{v} = {self.kept(v)}"],
            lambda: [f"{v}[{r.randrange(5)}] {r.choice(['', '+', '-'])}= {r.randrange(1, 100)}"],
            lambda: [f"s += x[{r.randrange(5)}] * {self.number()} * 1e-3"],
            lambda: [f"s += h_bytes(y, {r.choice(WHOLE)})"],
            lambda: [
                f"for i in range({r.choice(['n', 'BYTES[0]', 'b[2] % 5'])}):",
                f"    s += x[i % 5] * ({r.choice(['i - 1', 'i * 200', '-(i * 1.0)'])}) * 0.1",
            ],
            lambda: [f"s += np.sum(np.where({self.flags()}, y, x * {self.whole(1)} * 1e-3))"],
            lambda: [
                f"for i in range({r.choice(['0.5', 'n * 0.45', '-0.5', '1.5, n + 1.9', '2.7'])}):",
                f"    {r.choice(['s = s * x[i % 5] + x[i % 5]', 'y[i % 5] = y[i % 5] * x[1]'])}",
            ],
            lambda: [
                f"if {r.choice(['j > 1', 'n % 2 == 0 and j > 1', 'k < 1 or j > 1', 'k == 1'])}:",
                f"    y *= {self.floats()} * 1e-2",
                "s += np.sum(y * y)",
            ],
        ]
        return r.choice(made)()

    def kept(self, v):
        """Return an array of the type of v, as operations alone make it."""
        other = "BYTES" if v == "b" else "SMALL"
        return self.r.choice([f"{v} + {other}", f"{v} * {other}", f"np.abs({v})", f"-{v}"])

    def whole(self, depth):
        r = self.r
        if depth == 0:
            return r.choice(WHOLE)
        a, b = self.whole(depth - 1), self.whole(depth - 1)
        return r.choice(
            [
                *(f"({a} {op} {b})" for op in "+-*"),
                *(f"({a} {op} 7)" for op in ("//", "%", "&", "|", "^", "<<", ">>")),
                *(f"(-{a})", f"(~{a})", f"np.abs({a})", f"({self.flags()} + {self.flags()})"),
                *(f"({self.flags()} * {a})", f"np.maximum({a}, {b})"),
            ]
        )

    def flags(self):
        r = self.r
        a, b = r.choice(FLAGS), r.choice(FLAGS)
        found = [a, f"({a} & {b})", f"(~{a})", f"({a} * {b})", f"(~({a} * {b}))"]
        return r.choice([*found, f"({self.whole(0)} * {self.whole(0)} > 300)"])

    def floats(self):
        part = self.r.choice([self.whole(1), self.whole(2), self.flags()])
        return f"({part} {self.r.choice('*+-')} {self.r.choice(['x', 'y', 'x * y'])})"

    def number(self):
        i = self.r.randrange(5)
        a, b = self.r.choice(WHOLE), self.r.choice(WHOLE)
        return self.r.choice([f"{a}[{i}]", f"({a}[{i}] * {b}[{i}])", f"(-{a}[{i}])", "FLAGS[0]"])


def program(seed):
    """Return the source of the program of a seed."""
    return Narrow(seed).source()
