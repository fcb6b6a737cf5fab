"""What is to be said of a random program: do its derivatives agree, whoever makes them?

The oracle is the program itself: differences of its values, run by plain Python. Against it stand
the generated adjoint and tangent, interpreted (`interpreted`) with every set of optimisations; or
compiled code in every mode, whose oracle is the program compiled by Numba, as that is what is
differentiated. A program that raises must raise in its derivative too.
"""

import contextlib
import functools
import importlib
import os
from typing import NamedTuple

import conformance
import numba
import numpy as np
from interpreted import hessian_product, value_and_grad, value_and_tangent
from program_runs import copies

import fastad
from fastad.source.ir.statements import Unsupported

OWN_WORDS = conformance.OWN_WORDS
RAISED = (ValueError, AssertionError, ZeroDivisionError)  # by programs, on purpose


class Verdict(NamedTuple):
    """FINE, REFUSED, USELESS (a kink, an overflow), WRONG or CRASH; by whom; the details."""

    word: str
    by: str = ""
    detail: str = ""

    @property
    def bad(self):
        return self.word in ("WRONG", "CRASH")


def differences(f, given, h=1e-4):
    """Return the gradient in x, m and a by differences of the fourth order."""

    def along(k, index, h):
        total = 0.0
        for sign in (1, -1):
            moved = copies(given)
            if index == ():
                moved[k] += sign * h
            else:
                moved[k][index] += sign * h
            total += sign * f(*moved)
        return total / (2 * h)

    return [
        np.array(
            [(4 * along(k, i, h) - along(k, i, 2 * h)) / 3 for i in np.ndindex(np.shape(v))]
        ).reshape(np.shape(v))
        for k, v in enumerate(given[:3])
    ]


def weighed(value, weights):
    """Return a number: the value, or the weighed sum of several results."""
    if weights is None:
        return float(value)
    return float(sum(np.sum(r * w) for r, w in zip(value, weights, strict=True)))


def weights_of(found):
    """Return weights for the results, None where there is one number."""
    if not isinstance(found, tuple):
        return None
    return [np.cos(np.arange(1.0, 1.0 + np.size(r))).reshape(np.shape(r)) for r in found]


def near(bars, wanted, tolerance):
    """Tell whether gradients agree, to a tolerance relative to the largest."""
    scale = max(1.0, *(np.abs(w).max() for w in wanted))
    return all(
        np.allclose(bar, w, rtol=tolerance, atol=tolerance * scale)
        for bar, w in zip(bars, wanted, strict=True)
    )


def each_pass():
    """Return the names of the optimisations, that is, the sets of one each."""
    try:
        from fastad.source.optimise.pipeline import NAMES
    except ImportError:
        return ()
    return tuple(NAMES)


SETS = ("all", "none")


@contextlib.contextmanager
def passes(chosen):
    """Leave out all optimisations but some, for what is generated inside."""
    before = os.environ.pop("FASTAD_PASSES", None)
    if chosen != "all":
        os.environ["FASTAD_PASSES"] = chosen
    try:
        yield
    finally:
        os.environ.pop("FASTAD_PASSES", None)
        if before is not None:
            os.environ["FASTAD_PASSES"] = before


_TYPES = {}


@contextlib.contextmanager
def types_kept():
    """Infer the types of each function once: most of the time, where one is transformed often.

    The helpers are the same for all programs, a program the same for all sets of optimisations.
    """
    infer = importlib.import_module("fastad.source.syntax.infer")
    plain = infer._typemap

    def kept(function, argument_types, flags):
        code, scope = function.__code__, function.__globals__
        cells = tuple(id(cell.cell_contents) for cell in function.__closure__ or ())
        words = (code.co_code, repr(code.co_consts), code.co_names, code.co_varnames)
        key = (scope["__name__"], scope.get("__file__"), words, cells, tuple(argument_types))
        if len(_TYPES) > 1000:
            _TYPES.clear()
        if key not in _TYPES:
            _TYPES[key] = plain(function, argument_types, flags)
        typemap, returned = _TYPES[key]
        return dict(typemap), returned

    infer._typemap = kept
    try:
        yield
    finally:
        infer._typemap = plain


class Truth:
    """A program's value and gradient at some arguments, or what it raises there.

    ``rounded`` says that the program computes with single precision, and f, the oracle, does not.
    """

    def __init__(self, f, given, rounded=False):
        self.close, self.near = (1e-5, 2e-3) if rounded else (1e-9, 2e-4)
        self.raised, self.value, self.weights, self.slope = None, None, None, None
        with np.errstate(all="ignore"):
            try:
                found = f(*copies(given))
            except RAISED as error:
                self.raised = type(error)
                return
            self.weights = weights_of(found)
            self.value = weighed(found, self.weights)
            if not abs(self.value) < 1e4:
                raise OverflowError("a large value")
            number = lambda *v: weighed(f(*v), self.weights)  # noqa: E731
            coarse, fine = differences(number, given, 1e-4), differences(number, given, 1e-6)
        if not near(coarse, fine, 1e-4):
            raise ArithmeticError("a kink")
        self.slope = fine if near(fine, coarse, 1e-6) else coarse

    def objection(self, make):
        """Return what is wrong with a value and gradient, "" where nothing is."""
        try:
            value, bars = make()
        except RAISED as error:
            if conformance.raised_by_numba(error):
                raise RuntimeError(f"{error!r} from Numba itself") from error
            return "" if type(error) is self.raised else f"raised {error!r}"
        if self.raised:
            return f"did not raise {self.raised.__name__}"
        if value is not None and not np.isclose(value, self.value, self.close, self.close):
            return f"value {value}, right {self.value}"
        return "" if near(bars, self.slope, self.near) else f"gradient {bars}, right {self.slope}"


def truth_of(f, given, oracle=None):
    """Return the `Truth` of f, or of an oracle of more digits; else a `Verdict`: there is none."""
    asked = oracle or f
    try:
        return Truth(
            lambda *values: asked(*packed(asked, values)), given, rounded=oracle is not None
        )
    except Exception as error:  # an overflow, a kink; a shrunk program that runs no more
        return Verdict("USELESS", "f", repr(error))


def _judged(truth, by, make):
    try:
        bad = truth.objection(make)
    except Unsupported as reason:
        return Verdict("REFUSED", by, str(reason))
    except OverflowError as error:  # of Python's math module, where compiled code has inf
        return Verdict("USELESS", by, str(error))
    except Exception as error:
        lines = str(error).splitlines()
        own = [line for line in lines if any(word in line for word in OWN_WORDS)]
        if own:
            return Verdict("REFUSED", by, own[0])
        return Verdict("CRASH", by, f"{type(error).__name__}: {(lines or [''])[-1]}")
    return Verdict("WRONG", by, bad) if bad else Verdict("FINE", by)


def directions(given):
    """Return tangents, always the same, of x, m and a."""
    rng = np.random.default_rng(0)
    found = [rng.normal(size=np.shape(v)) for v in given[:3]]
    return [v if v.ndim else float(v) for v in found]


def interpreted(f, given, only=None, sets=SETS, oracle=None):
    """Return the worst `Verdict` on a program's generated code, interpreted.

    Parameters
    ----------
    f, given
        The program and its arguments.
    only : str, optional
        The one that is asked, as `Verdict.by` names it; all are, if it is left out.
    sets : sequence of str
        The sets of optimisations.
    oracle : callable, optional
        The program in double precision, where it is not.
    """
    if f.pack is not None:
        return Verdict("USELESS", "f", "tuples among the arguments; compile it")
    truth = truth_of(f, given, oracle)
    if isinstance(truth, Verdict):
        return truth
    tangents = directions(given)

    def adjoint():
        mine = copies(given)
        (value, bars), _ = value_and_grad(f, mine, (0, 1, 2), truth.weights)
        for before, after in zip(given, mine, strict=True):
            np.testing.assert_array_equal(before, after)
        return weighed(value, truth.weights), bars

    def tangent():
        (value, dot), _ = value_and_tangent(f, copies(given), (0, 1, 2), tangents)
        want = sum(np.sum(s * v) for s, v in zip(truth.slope, tangents, strict=True))
        got = weighed(dot, truth.weights)
        # As if it were a gradient: right where the products agree.
        close = np.isclose(got, want, truth.near, truth.near * max(1.0, abs(want)))
        bars = truth.slope if close else [got] * 3
        return weighed(value, truth.weights), bars

    found = []
    for chosen in sets:
        if only in (None, f"adjoint with {chosen}"):
            with passes(chosen), types_kept():
                found.append(_judged(truth, f"adjoint with {chosen}", adjoint))
    if only in (None, "tangent") and not truth.raised:
        with types_kept():
            found.append(_judged(truth, "tangent", tangent))
    return worst(found)


def products(f, given, only=None, sets=SETS, oracle=None):
    """Return the `Verdict` on a program's Hessian product, interpreted.

    It is the tangent of the adjoint, less what that makes needless. The oracle are differences
    of the plain adjoint.
    """
    truth = truth_of(f, given, oracle)
    if isinstance(truth, Verdict):
        return truth
    if truth.raised or truth.weights is not None:
        return Verdict("USELESS", "f", "no gradient, or several")
    along = directions(given)

    def gradient(h):
        moved = copies(given)
        moved[:3] = [v + h * d for v, d in zip(given[:3], along, strict=True)]
        return value_and_grad(f, moved, (0, 1, 2))[0][1]

    def difference(h):
        pairs = zip(gradient(h), gradient(-h), strict=True)
        return [np.asarray((up - down) / (2 * h)) for up, down in pairs]

    try:
        with passes("none"), types_kept(), np.errstate(all="ignore"):
            coarse, fine = difference(1e-4), difference(1e-5)
    except Exception as reason:  # refused, or it raises beside the point
        return Verdict("USELESS", "f", str(reason))
    if not near(coarse, fine, 1e-4):
        return Verdict("USELESS", "f", "a kink")
    truth.value, truth.slope = None, fine

    def product():
        return None, hessian_product(f, copies(given), (0, 1, 2), copies(along))[0]

    found = []
    for chosen in sets:
        if only in (None, f"product with {chosen}"):
            with passes(chosen), types_kept():
                found.append(_judged(truth, f"product with {chosen}", product))
    return worst(found)


def compiled(f, given, only=None, sets=SETS, oracle=None):
    """Return the worst `Verdict` on a program's derivatives in every mode, compiled.

    The driver is `fastad.grad`, or `fastad.value_and_grad`; of several results `fastad.vjp`.
    """
    truth = truth_of(by_numba(f), given, oracle and by_numba(oracle))
    if isinstance(truth, Verdict):
        return truth
    types = tuple(map(numba.typeof, packed(f, copies(given))))
    argnums = tuple(range(len(types) - 1))

    def driver(mode, chosen):
        # By source without optimisations there is the value too; with them, it may be left out.
        kind = fastad.grad if mode == "source" and chosen == "all" else fastad.value_and_grad
        return (kind if truth.weights is None else fastad.vjp)(f, argnums, mode=mode)

    def gradient(mode, chosen):
        mine, made = packed(f, copies(given)), driver(mode, chosen)
        if truth.weights is None:
            found = made(*mine)
            value, bars = (None, found) if made.made_of.kind == "grad" else found
            return value, parts_of(bars)
        value, bars = made(*mine, tuple(truth.weights))
        return weighed(value, truth.weights), parts_of(bars)

    def is_by_source():
        """Tell whether auto takes source, for the same kind of driver: that is compiled before."""
        if truth.weights is not None or truth.raised:
            return False
        try:
            return fastad.grad(f, argnums).parts.choose(types).mode == "source"
        except TypeError:  # refused, which is asked below
            return False

    found = []
    for mode in ("source", "auto", "forward", "tape"):
        for chosen in sets if mode == "source" else ("all",):
            if only not in (None, f"{mode} with {chosen}"):
                continue
            if mode == "auto" and only is None and "all" in sets and is_by_source():
                continue
            with passes(chosen):
                make = functools.partial(gradient, mode, chosen)
                found.append(_judged(truth, f"{mode} with {chosen}", make))
    return worst(found)


def by_numba(f):
    """Return a program compiled, with what packs its arguments."""
    made = numba.njit(f)
    made.pack = f.pack
    return made


def packed(f, given):
    """Return the arguments of a program, of those that all programs have."""
    return given if f.pack is None else f.pack(*given)


def parts_of(bars):
    """Return what is in tuples of tuples, in order."""
    if not isinstance(bars, tuple):
        return [bars]
    return [part for bar in bars for part in parts_of(bar)]


def numba_takes(f, given, truth):
    """Tell whether Numba compiles the program, and means by it what Python means."""
    try:
        value = numba.njit(f)(*packed(f, copies(given)))
    except RAISED as error:
        return type(error) is truth.raised
    except Exception:
        return False
    return not truth.raised and np.isclose(weighed(value, truth.weights), truth.value, truth.close)


def worst(found):
    """Return the worst of some verdicts, WRONG, then CRASH; else the first."""
    found = found or [Verdict("USELESS")]
    return min(found, key=lambda v: {"WRONG": 0, "CRASH": 1}.get(v.word, 2))
