"""Programs whose derivative is known, and what a mode makes of each.

A program is a file of ``tests/conformance/programs``. Its first line says which report of which
tool it is like. It defines

``f``
    an @njit function of floats and arrays;
``args``, ``want``
    arguments and the right answer. Without ``want``: differences of five points.
    ``points`` is a list of several (args, want) instead.
``kind``, ``argnums``
    the driver, "grad" if left out, and what it differentiates by, 0 if left out;
``make(mode)``
    in the place of both: it returns the derivative itself, a function of ``args``;
``raises``
    in the place of ``want``: the exception that f raises at ``args``, and its derivative too;
``after``
    {position of an argument: what it holds after one call}, for what f changes in place;
``tol``, ``smooth``, ``no_njit``
    relative and absolute tolerance (1e-9); False where differences of f by plain Python tell
    nothing (a kink, an error of Numba's alone); True where compiled code cannot call it;
``custom(mode)``
    in the place of everything: it yields (label, ok, detail).
"""

import importlib.util
import inspect
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NamedTuple

import numpy as np

PROGRAMS = Path(__file__).parent.parent / "conformance" / "programs"
MODES = ("auto", "source", "forward", "tape")
# How fastad's own words are told from Numba's and NumPy's.
OWN_WORDS = ("fastad: ", "fastad needs", "differentiated", "f must be ")


class Result(NamedTuple):
    """RIGHT, WRONG (a number that is not the right one), CRASH (an error that is neither f's own
    nor a refusal in fastad's words, or a dead process), REFUSED or SLOW; and the details."""

    word: str
    detail: str
    seconds: float = 0.0


def files():
    """Return the paths of all programs, in order."""
    return sorted(PROGRAMS.glob("*.py"))


def load(path):
    """Return a program's module."""
    name = f"conformance_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def same(got, want, tol):
    """Tell whether results agree: shapes, lengths of tuples, and numbers to a tolerance."""
    if isinstance(want, tuple | list):
        alike = isinstance(got, tuple | list) and len(got) == len(want)
        return alike and all(same(a, b, tol) for a, b in zip(got, want, strict=True))
    got, want = np.asarray(got, float), np.asarray(want, float)
    return got.shape == want.shape and np.allclose(got, want, rtol=tol, atol=tol, equal_nan=True)


def copies(arguments):
    """Return the arguments, arrays among them copied; the same array twice stays one array."""
    made = {id(a): a.copy(order="K") for a in arguments if isinstance(a, np.ndarray)}
    return tuple(made.get(id(a), a) for a in arguments)


def differences(f, arguments, argnum):
    """Return the derivative of f by one argument by differences of five points.

    The shape is that of f's result, then that of the argument.
    """
    x = np.array(arguments[argnum], float)
    columns = []
    for index in np.ndindex(x.shape):
        h = 1e-3 * max(1.0, abs(x[index]))

        def at(k, index=index, h=h):
            given = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
            y = x.copy()
            y[index] += k * h
            given[argnum] = y if x.ndim else float(y)
            return np.array(f(*given), float)

        columns.append((at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * h))
    if not columns:
        return np.zeros((*np.shape(f(*copies(arguments))), *x.shape))
    return np.stack(columns, axis=-1).reshape((*columns[0].shape, *x.shape))


def split(kind, argnums, arguments):
    """Return the arguments of f among those of a driver, and the directions that follow them."""
    several = len(argnums) if isinstance(argnums, tuple) else 1
    n = len(arguments) - {"jvp": several, "hvp": several, "vjp": 1}.get(kind, 0)
    return arguments[:n], arguments[n:]


def by_differences(f, kind, argnums, arguments):
    """Return what the driver of a kind is to give, by differences."""
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    given, directions = split(kind, argnums, arguments)
    if kind in ("hessian", "hvp"):

        def slope(*v):
            return differences(f, v, numbers[0])

        found = differences(slope, given, numbers[0])
        return np.tensordot(found, directions[0], np.ndim(directions[0])) if directions else found
    parts = [differences(f, given, k) for k in numbers]
    if kind == "jvp":
        products = [np.tensordot(j, v, np.ndim(v)) for j, v in zip(parts, directions, strict=True)]
        return f(*copies(given)), sum(products)
    if kind == "vjp":
        w = directions[0]
        parts = [np.tensordot(w, j, np.ndim(w)) for j in parts]
    found = tuple(parts) if isinstance(argnums, tuple) else parts[0]
    return (f(*copies(given)), found) if kind in ("vjp", "value_and_grad") else found


class Program:
    """A loaded program, with what it leaves out filled in."""

    def __init__(self, path):
        self.module = load(path)
        self.f = self._of("f")
        self.kind, self.argnums = self._of("kind", "grad"), self._of("argnums", 0)
        self.raises, self.custom = self._of("raises"), self._of("custom")
        self.make, self.after = self._of("make"), self._of("after", {})
        self.smooth, self.njit = self._of("smooth", True), not self._of("no_njit", False)
        self.points = self._of("points")
        self.known = self.points is not None or self._of("want") is not None
        if self.points is None:
            self.points = [(self._of("args"), self._of("want"))]
        self.tol = self._of("tol", 1e-9 if self.known or self.raises else 1e-6)

    def _of(self, name, otherwise=None):
        return getattr(self.module, name, otherwise)

    def derivative(self, mode):
        """Return the derivative in a mode."""
        if self.make:
            return self.make(mode)
        import fastad

        return getattr(fastad, self.kind)(self.f, self.argnums, mode=mode)

    def wanted(self, arguments, want):
        """Return the right answer at some arguments."""
        if want is not None:
            return want
        return by_differences(self.f, self.kind, self.argnums, arguments)

    def needs_fastad(self):
        """Tell whether the program itself uses fastad: then it runs compiled alone."""
        return any(
            getattr(value, "__name__", "") == "fastad"
            or str(getattr(value, "__module__", "")).startswith("fastad")
            for value in vars(self.module).values()
        )

    def complaints_about_itself(self):
        """Return what is wrong with the program: f without fastad, by plain Python."""
        bad = []
        with np.errstate(all="ignore"):
            for arguments, want in self.points:
                given = copies(arguments)
                if not self.smooth:
                    continue
                if self.raises:
                    given = split(self.kind, self.argnums, given)[0]
                    bad.append(_not_raised(self.f, given, self.raises))
                elif not self.make:
                    right = by_differences(self.f, self.kind, self.argnums, given)
                    if want is not None and not same(right, want, 1e-5):
                        bad.append(f"want is {want}, by differences it is {right}")
        return [line for line in bad if line]


def compiled_call(g, n):
    """Return a compiled function of n arguments that calls g."""
    import numba

    names = ", ".join(f"a{i}" for i in range(n))
    space = {"g": g}
    exec(f"def call({names}):\n    return g({names})\n", space)
    return numba.njit(space["call"])


def judge(path, mode):
    """Return the `Result` of a program in a mode, in this process."""
    try:
        program = Program(path)
        bad = _complaints(program, mode)
    except BaseException as error:
        return _of_error(error)
    return Result("WRONG", bad) if bad else Result("RIGHT", "")


def _complaints(program, mode):
    if program.custom:
        return _complaints_of_its_own(program, mode)
    g = program.derivative(mode)
    calls = [("", g)]
    if program.njit:
        calls.append(("inside @njit: ", compiled_call(g, len(program.points[0][0]))))
    for where, call in calls:
        points = program.points if call is g else program.points[:1]
        for arguments, want in points:
            mine = copies(arguments)
            if program.raises:
                bad = _not_raised(call, mine, program.raises)
                if bad:
                    return where + bad
                continue
            got, right = call(*mine), program.wanted(arguments, want)
            if not same(got, right, program.tol):
                return f"{where}got {got}, right {right}"
            for position, left in program.after.items():
                if not same(mine[position], left, program.tol):
                    return f"{where}argument {position} holds {mine[position]}, right {left}"
    return ""


def _complaints_of_its_own(program, mode):
    takes_mode = inspect.signature(program.custom).parameters
    found = program.custom(*([mode] if takes_mode else []))
    bad = [f"{label}: {detail}" for label, ok, detail in found if not ok]
    if bad and all(any(word in line for word in OWN_WORDS) for line in bad):
        raise TypeError(bad[0])  # refused
    if bad and all("Error" in line.split(": ")[1] for line in bad):
        raise RuntimeError("; ".join(bad))  # no number came out
    return "; ".join(bad)


def _not_raised(call, arguments, kind):
    try:
        got = call(*arguments)
    except kind as error:
        if raised_by_numba(error):
            raise RuntimeError(f"{error!r} from Numba itself") from error
        return ""
    return f"got {got}, where f raises {kind.__name__}"


def raised_by_numba(error):
    """Tell whether an error comes from the compiler, not from the code that it compiled."""
    frames = traceback.extract_tb(error.__traceback__)
    return any({"numba", "core"} <= set(Path(frame.filename).parts) for frame in frames)


def _of_error(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    own = [line for line in lines if any(word in line for word in OWN_WORDS)]
    if own:
        return Result("REFUSED", own[0])
    at = traceback.extract_tb(error.__traceback__)[-1].name
    return Result("CRASH", f"{type(error).__name__}: {lines[-1] if lines else ''} [in {at}]")


def _child(pipe, path, mode):
    pipe.send(judge(path, mode))
    pipe.close()


def _context():
    """Return how children are started: from a process that has imported all, where there is one.

    A child forked from the process of the tests would take over its OpenMP threads' state.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


_PRELOADED, _WARM = ["fastad"], []


def warm():
    """Let children start from a process that has differentiated something small in every mode.

    What all derivatives compile is compiled once for all programs then. For runs of many of them.
    Nothing is read from a disk cache before: what was read would not be there for what is new.
    """
    _WARM.append(tempfile.TemporaryDirectory())
    os.environ["NUMBA_CACHE_DIR"] = os.environ["FASTAD_CACHE_DIR"] = _WARM[0].name
    folder = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    _PRELOADED[:] = ["conformance_warm"]


def run(path, mode, limit=240.0):
    """Return the `Result` of a program in a mode, from a process of its own."""
    context = _context()
    ours, its = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(its, path, mode))
    start = time.perf_counter()
    child.start()
    its.close()
    try:
        found = ours.recv() if ours.poll(limit) else Result("SLOW", f"over {limit:.0f} s")
    except EOFError:
        child.join()
        found = Result("CRASH", f"the process died with exit code {child.exitcode}")
    if found.word == "SLOW":
        child.kill()
    child.join()
    return found._replace(seconds=time.perf_counter() - start)
