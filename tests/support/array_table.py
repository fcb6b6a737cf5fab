"""Operations on arrays and numbers as a table of rows, and what runs many rows as one program.

Compiling is what costs: a batch of rows is one function of all their arguments, with one
number for each row, so that one derivative of it tells all of theirs.
"""

import importlib.util
import itertools
import re
import textwrap
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np

import fastad

WEIGHTS = np.random.default_rng(5).uniform(0.5, 1.5, 64) * np.where(np.arange(64) % 3, 1.0, -1.0)


class Row(NamedTuple):
    """One operation at one point.

    Parameters
    ----------
    name : str
    body : str
        Of a function of x, y, z: statements and last an expression, between semicolons.
    args : tuple of float or array
        All are differentiated.
    want : list, optional
        The Jacobian by each argument; differences of NumPy's own where it is left out.
    refused : str
        The modes that refuse it, or all: "source forward tape".
    """

    name: str
    body: str
    args: tuple
    want: list | None = None
    refused: str = ""

    @property
    def function(self):
        """The name of the row's function."""
        return "row_" + re.sub(r"\W", "_", self.name)


def row(name, body, *args, want=None, refused=""):
    """Return a Row, its numbers and arrays as floats."""
    given = tuple(a if isinstance(a, np.ndarray) else np.array(a, float)[()] for a in args)
    given = tuple(float(a) if np.ndim(a) == 0 else a for a in given)
    return Row(name, body, given, want, refused)


def source(r):
    """Return the source of a row's function."""
    lines = [part for line in r.body.split("\n") for part in re.split(r"; ", line)]
    if not lines[-1].startswith("return"):
        lines[-1] = "return " + lines[-1]
    return f"def {r.function}({', '.join('xyz'[: len(r.args)])}):\n    " + "\n    ".join(lines)


def weighted(value):
    """Return the weighted sum of a row's result."""
    items = np.asarray(value, float).ravel()
    with np.errstate(all="ignore"):
        return np.sum(WEIGHTS[: items.size] * items)


WEIGH = textwrap.dedent(
    """
    def weigh_0(r):
        return r * WEIGHTS[0]


    def weigh_1(r):
        total = 0.0
        for i in range(r.size):
            total += r[i] * WEIGHTS[i]
        return total


    def weigh_2(r):
        total = 0.0
        for i in range(r.shape[0]):
            for j in range(r.shape[1]):
                total += r[i, j] * WEIGHTS[i * r.shape[1] + j]
        return total


    def weigh_3(r):
        total = 0.0
        for i in range(r.shape[0]):
            for j in range(r.shape[1]):
                for k in range(r.shape[2]):
                    total += r[i, j, k] * WEIGHTS[(i * r.shape[1] + j) * r.shape[2] + k]
        return total
    """
)


class Batch:
    """Some rows as one function: ``f(*all arguments, like)``, a number for each row."""

    def __init__(self, rows, folder, name):
        self.rows = rows
        path = Path(folder) / f"{name}.py"
        head = "import math\nimport numpy as np\nimport fastad\nfrom numba import njit\n"
        head += "from array_table import WEIGHTS\n"
        functions = re.sub(r"^def ", "@njit\ndef ", WEIGH, flags=re.M)
        functions += "".join(f"\n\n@njit\n{source(r)}\n" for r in rows)
        path.write_text(f"{head}\n{functions}")
        plain = _load(path, f"{name}_plain")
        self.values = [self.value(plain, r) for r in rows]
        names = [f"{letter}{k}" for k, r in enumerate(rows) for letter in "xyz"[: len(r.args)]]
        lines = [f"def batch({', '.join([*names, 'like'])}):", "    out = np.zeros_like(like)"]
        given = iter(names)
        for k, (r, v) in enumerate(zip(rows, self.values, strict=True)):
            arguments = ", ".join(itertools.islice(given, len(r.args)))
            lines.append(f"    out[{k}] = weigh_{np.ndim(v)}({r.function}({arguments}))")
        text = "\n".join([*lines, "    return out"])
        path.write_text(f"{head}\n{functions}\n\n@njit\n{text}\n")
        self.module = _load(path, name)
        self.function = self.module.batch
        self.args = [a for r in rows for a in r.args]
        self.like = np.zeros(len(rows))
        self.argnums = tuple(range(len(self.args) + 1))

    def given(self):
        """Return arguments for the function: copies, in the same order of memory."""
        copies = (_copied(a) if isinstance(a, np.ndarray) else a for a in self.args)
        return [*copies, self.like.copy()]

    @staticmethod
    def value(module, r):
        """Return a row's result, NumPy's own where it can be had."""
        f = getattr(module, r.function)
        with np.errstate(all="ignore"):
            try:
                return f.py_func(*(np.copy(a) if np.ndim(a) else a for a in r.args))
            except Exception:
                return f(*(np.copy(a) if np.ndim(a) else a for a in r.args))

    def gradients(self):
        """Return the derivative of each row's number by each of its arguments."""
        found = []
        for r, v in zip(self.rows, self.values, strict=True):
            if r.want is None:
                f = getattr(self.module, r.function)
                found += [self.differences(f, r, k) for k in range(len(r.args))]
                continue
            shape = np.shape(v)
            weights = WEIGHTS[: np.size(v)].reshape(shape)
            for a, jacobian in zip(r.args, r.want, strict=True):
                j = np.broadcast_to(np.asarray(jacobian, float), shape + np.shape(a))
                w = weights.reshape(shape + (1,) * np.ndim(a))
                with np.errstate(all="ignore"):
                    terms = np.where(j == 0.0, 0.0, w * j)
                    found.append(np.sum(terms, axis=tuple(range(len(shape)))))
        return found

    @staticmethod
    def differences(f, r, k):
        """Return the derivative of a row's number by five-point differences."""
        x = np.array(r.args[k], float)
        out = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            values = []
            for step in (-2, -1, 1, 2):
                y = x.copy()
                y[i] += 1e-3 * step
                given = [np.copy(a) if np.ndim(a) else a for a in r.args]
                given[k] = y if y.ndim else float(y)
                values.append(weighted(Batch._call(f, given)))
            out[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / 12e-3
        return out

    @staticmethod
    def _call(f, given):
        try:
            return f.py_func(*given)
        except Exception:
            return f(*given)


def _copied(a):
    """Return a copy with an array's strides, where they are not its shape's."""
    if a.flags.c_contiguous or a.flags.f_contiguous:
        return a.copy(order="K")
    wide = np.zeros([2 * n for n in a.shape])
    view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def _load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def disagreements(batch, mode, kind, compiled=False):
    """Return what a batch's derivative in a mode gets wrong: lines that name the rows."""
    wanted = batch.gradients()
    values = [weighted(v) for v in batch.values]
    if kind == "jvp":
        rng = np.random.default_rng(7)
        tangents = [rng.choice([-1.0, 1.0], np.shape(a)) for a in batch.given()]
        tangents = [float(t) if np.ndim(t) == 0 else t for t in tangents]
        g = fastad.jvp(batch.function, batch.argnums, mode=mode)
        got_values, slopes = g(*batch.given(), *tangents)
        want = iter(zip(wanted, tangents, strict=False))
        wrong = []
        for k, r in enumerate(batch.rows):
            pairs = list(itertools.islice(want, len(r.args)))
            with np.errstate(all="ignore"):
                slope = sum(np.sum(np.where(w == 0, 0.0, w * t)) for w, t in pairs)
            wrong += _compared(r, "slope", slopes[k], slope)
            wrong += _compared(r, "value", got_values[k], values[k])
        return wrong
    g = fastad.vjp(batch.function, batch.argnums, mode=mode)
    if compiled:
        g = _from_njit(g, len(batch.argnums) + 1)
    got_values, got = g(*batch.given(), np.ones(len(batch.rows)))
    wrong, found = [], iter(zip(got, wanted, strict=False))
    for k, r in enumerate(batch.rows):
        for position, (a, b) in enumerate(itertools.islice(found, len(r.args))):
            wrong += _compared(r, f"derivative by {'xyz'[position]}", a, b)
        wrong += _compared(r, "value", got_values[k], values[k])
    return wrong


def _from_njit(g, n):
    names = ", ".join(f"a{k}" for k in range(n))
    scope = {"g": g}
    exec(f"def call({names}):\n    return g({names})\n", scope)
    return numba.njit(scope["call"])


def _compared(r, what, got, want):
    exact = r.want is not None or what == "value"
    tolerance = 1e-12 if exact else 1e-7
    narrow = any(getattr(a, "dtype", None) == np.float32 for a in r.args) or "float32" in r.body
    tolerance = max(tolerance, 1e-6) if narrow else tolerance
    got, want = np.asarray(got, float), np.asarray(want, float)
    same = got.shape == want.shape
    if same and np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
        return []
    return [f"{r.name}: {what} {got.tolist()}, right {want.tolist()}"]


def refusal(r, mode, folder, name):
    """Return what a mode says to one row, in its own words, or None where it takes it."""
    batch = Batch([r], folder, name)
    try:
        fastad.vjp(batch.function, batch.argnums, mode=mode)(*batch.given(), np.ones(1))
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines()]
        return next((line for line in lines if "fastad: " in line), f"CRASH {lines[0]}")
    return None
