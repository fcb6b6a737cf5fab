"""What a driver knows of its function, and what a mode of differentiation returns."""

import builtins
import functools
import inspect
import keyword
import warnings
from typing import NamedTuple

from numba.core import types
from numba.core.dispatcher import Dispatcher

from ..jit.call_graph import frozen, in_threads
from ..jit.fingerprint import jitted
from ..jit.generated import ByTypes, Driver, Failures, python_function
from ..jit.signatures import unfit
from ..numbers.jet import JetType, level
from ..refusals import Misuse, Refusal
from ..tape.types import is_recorded, taped

# Eight doubles fill one AVX-512 register; for second derivatives 1 + 4 + 4 + 16 numbers.
CHUNK = 8
CHUNK_HESSIAN = 4


class NotTaken(TypeError):
    """A mode cannot differentiate a function: the reason, and a way out."""


class RowByRow(NamedTuple):
    """The lines of a Jacobian by a sweep for each row: those that count the rows, and the sweeps.

    ``single`` tells whether the result is a number, so that there is one row.
    """

    counted: list
    swept: list
    single: bool


class Code(NamedTuple):
    """The source of a derivative, as a mode writes it.

    Parameters
    ----------
    lines : list of str
        The body of the driver: statements over the plan's parameters.
    namespace : dict
        The globals of the lines, without ``f_`` and the parameters' defaults.
    preamble : str
        The source of functions that the driver calls.
    mode, why : str, optional
        The mode and the reason to report, if they say more than those of the choice.
    rows : RowByRow, optional
        The lines of a Jacobian, in their parts.
    """

    lines: list
    namespace: dict
    preamble: str = ""
    mode: str = ""
    why: str = ""
    rows: RowByRow | None = None


class Plan:
    """What a driver knows of its function: the kind of derivative, the parameters, the options.

    Attributes
    ----------
    kind : str
        The driver: "grad", "jacobian", ...; ``driver`` is the function that it becomes.
    f : callable
        The user's function, as given; ``called`` is the @njit function that is called for it.
    written : callable
        The function that messages name: f, or the one from which f was generated
        (`fastad.drivers.packed`).
    parameters, defaults, variables : list, dict, list
        The names of all parameters, name -> default, and the names of the differentiated ones.
    internal : dict of str to str
        The function's own name of a parameter -> its name in the driver.
    first, extra : list of str
        The driver's further parameters: before f's (a tape), after (tangents, a cotangent).
    changes : dict
        Types of the arguments -> the `Effects` of f, found so far (`fastad.modes.restoring`).
    active : dict
        Types of the arguments -> the function generated from f's source (`fastad.drivers.called`).
    packed, otherwise : dict
        Types of the arguments -> `Packed`, if tuples are differentiated; -> why Jets are refused.
    rest : str or None
        The parameter ``*args``, if f has one.
    single : bool
        Whether argnums was an int, so that the result is no tuple.
    """

    def __init__(self, kind, f, argnums, mode, chunk_size=None, written=None):
        if chunk_size is not None and (
            isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or chunk_size < 1
        ):
            raise ValueError(
                f"fastad: chunk_size must be a positive int or None, got {chunk_size!r}"
            )
        self.kind, self.f, self.mode, self.chunk_size = kind, f, mode, chunk_size
        self.written = f if written is None else written
        given, defaults, rest = parameters_of(f, kind in _TAKES_MORE)
        self.internal = internal_names(given)
        self.rest = self.internal.get(rest)
        self.parameters = [*self.internal.values()]
        self.defaults = {self.internal[n]: value for n, value in defaults.items()}
        name = python_function(f).__name__
        self.name = name if name.isidentifier() else "f"
        self.single = not isinstance(argnums, tuple)
        numbers = (argnums,) if self.single else argnums
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError(
                    f"fastad: argnums must be an int or a tuple of ints, got {argnums!r}"
                )
            if not -len(self.parameters) <= number < len(self.parameters):
                raise ValueError(
                    f"fastad: argnums {number} is out of range: {self.name} has the parameters "
                    f"({', '.join(given)})"
                )
        self.argnums = tuple(n % len(self.parameters) for n in numbers)
        if len(set(self.argnums)) != len(self.argnums) or not self.argnums:
            raise ValueError(
                f"fastad: argnums must name one or more different arguments, got {argnums!r}"
            )
        self.variables = [self.parameters[n] for n in self.argnums]
        self.first, self.extra = [], []
        if kind.startswith("replayed"):
            self.first = ["tape_"]
        if kind in ("jvp", "hvp"):
            self.extra = [f"{v}_dot_" for v in self.variables]
        elif kind == "vjp":
            self.extra = ["w_bar_"]
        self.called = _inlined(f)
        self.driver = None
        self.failed = Failures()
        self.changes, self.active, self.packed, self.otherwise = {}, {}, {}, {}

    @property
    def where(self):
        """Return the place of the function's definition, for messages."""
        f = self.written
        while isinstance(f, Driver):
            f = f.made_of.f
        return place_of(python_function(f))

    @functools.cached_property
    def in_threads(self):
        """The name of a function called by f that runs in several threads, or ""."""
        return in_threads(self.f)

    @property
    def described(self):
        """Return the function's name and place, for messages."""
        return f"{self.name} ({self.where})"

    @property
    def everything(self):
        """Return the names of all of the driver's parameters."""
        return [*self.first, *self.parameters, *self.extra]

    def template(self, default):
        """Return the source of a tuple with a number for each partial of one pass."""
        return "(" + "0.0, " * (self.chunk_size or default) + ")"

    def signature(self):
        """Return the driver's parameters as source."""
        if self.extra:
            return ", ".join(self.everything)
        named = [f"{p}=default_{p}" if p in self.defaults else p for p in self.parameters]
        return ", ".join([*self.first, *(f"*{p}" if p == self.rest else p for p in named)])

    def call(self, seeds):
        """Return the source of f called with some arguments replaced."""
        arguments = [(p, seeds.get(p, p)) for p in self.parameters]
        return f"f_({', '.join(f'*{a}' if p == self.rest else a for p, a in arguments)})"

    def does_not_compile(self, argument_types):
        """Return the error that Numba raises when it compiles f as it is, or None."""
        given = [argument_types[p] for p in self.parameters if p != self.rest]
        given += argument_types[self.rest] if self.rest else ()
        if nested(argument_types):
            return None
        plain = jitted(self.f)
        try:
            with warnings.catch_warnings():  # Numba gave them when it first typed f
                warnings.simplefilter("ignore")
                plain.get_call_template(given, {})
        except (Misuse, Refusal):
            raise
        except Exception as error:
            return error
        return None

    def refuse(self, kind, result):
        """Return the line that refuses a result which is not ``kind``: "scalar" or "float"."""
        return f"{kind}_result_({result}, {self.described!r})"

    def offsets(self):
        """Return lines that set each argument's offset in the sequence of all variables."""
        lines = ["o_0 = 0"]
        for i, v in enumerate(self.variables):
            lines.append(f"o_{i + 1} = o_{i} + count_({v})")
        return lines

    def tuple_of(self, items):
        """Return the source of one item, or of a tuple if argnums was one."""
        return items[0] if self.single else f"({', '.join(items)},)"

    def blocks(self, matrix):
        """Return the source of a Hessian's blocks, for each pair of arguments one."""
        numbered = list(enumerate(self.variables))
        return self.tuple_of(
            [
                self.tuple_of(
                    [
                        f"block_({matrix}, o_{i}, o_{i + 1}, o_{j}, o_{j + 1}, "
                        f"shape_of_({u}), shape_of_({v}))"
                        for j, v in numbered
                    ]
                )
                for i, u in numbered
            ]
        )

    def check(self, argument_types):
        """Raise TypeError for an argument, of a Numba type, that has no derivative."""
        given = [argument_types[p] for p in self.parameters]
        functions = [self.f, *(f for t in given for f in functions_in(t))]
        why = unfit(self.f, given) or next(filter(None, map(frozen, functions)), "")
        if why:
            raise Misuse(f"fastad: cannot differentiate {self.described}: {why}")
        for name in self.variables:
            t = argument_types[name]
            item = t.dtype if isinstance(t, types.Array) else t
            hint = "pass a float or an array of floats, or leave it out of argnums"
            if isinstance(item, types.Float | JetType) or is_recorded(item):
                if self.kind != "derivative" or getattr(t, "ndim", 0) == 0:
                    continue
                hint = "use grad or jacobian, or jvp for one direction"
            if isinstance(item, types.Integer | types.Boolean):
                hint = "pass a float (1.0, not 1)"
                if isinstance(t, types.Array):
                    hint = "pass a float array (x.astype(float))"
            elif isinstance(item, types.Complex):
                hint = "pass real and imaginary parts as floats"
            elif isinstance(t, types.Omitted):
                hint = "give it in the call: a default is a constant"
            raise Misuse(
                f"fastad: cannot differentiate {self.described} by its argument "
                f"{name!r} of type {t}; {hint}"
            )
        for d in self.extra:
            if _holds_complex(argument_types[d]):
                what = "a cotangent" if self.kind == "vjp" else "a tangent"
                raise Misuse(
                    f"fastad: {what} is real, as what {self.described} is differentiated by and "
                    f"what it returns; got {argument_types[d]}; pass real and imaginary part in "
                    "turn"
                )
        for v, d in zip(self.variables, self.extra, strict=False):
            array = isinstance(argument_types[v], types.Array)
            if self.kind != "vjp" and array != isinstance(argument_types[d], types.Array):
                raise Misuse(
                    f"fastad: a tangent has the shape of its argument; got {argument_types[d]} "
                    f"for {v!r}, {argument_types[v]}; "
                    f"{self.kind}({self.name}) takes ({self.signature()})"
                )


def _holds_complex(t):
    """Tell whether a type is that of a complex number, or holds some."""
    if isinstance(t, types.BaseTuple):
        return any(map(_holds_complex, t))
    return isinstance(getattr(t, "dtype", t), types.Complex)


def functions_in(t):
    """Return the @njit functions that an argument of a Numba type is, or holds."""
    if isinstance(t, types.BaseTuple):
        return [f for part in t for f in functions_in(part)]
    return [t.dispatcher] if isinstance(t, types.Dispatcher) else []


def place_of(function):
    """Return where a plain function is defined, for messages."""
    return f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"


def nested(argument_types):
    """Tell whether derivatives are taken of a driver: Jets or Vars are among its arguments."""
    return any(level(t) > 0 or taped(t) for t in argument_types.values())


def _inlined(f):
    """Return an @njit function that LLVM inlines into its caller.

    Then the seeds are constants, and the products with their zeros vanish.
    """
    if isinstance(f, ByTypes):
        return f.inlined()
    options = f.targetoptions | {"locals": f.locals} if isinstance(f, Dispatcher) else {}
    return f if options.get("parallel") else _merged(python_function(f), options)


def _merged(function, options):
    kept = ("boundscheck", "error_model", "fastmath", "locals")
    options = {k: v for k, v in options.items() if k in kept and v}
    return jitted(function, forceinline=True, **options)


def serial(f):
    """Return f compiled for one thread, to be called while a tape records."""
    if not (isinstance(f, Dispatcher) and f.targetoptions.get("parallel")):
        return _inlined(f)
    return _merged(f.py_func, f.targetoptions | {"locals": f.locals})


def internal_names(names):
    """Return names for a driver's parameters: the function's, unless the driver uses them itself.

    A driver's own variables and globals end in an underscore or are in ``_DRIVERS_OWN``.

    Examples
    --------
    >>> internal_names(["x", "lambda_", "base_", "np"])
    {'x': 'x', 'lambda_': 'lambda_', 'base_': 'base', 'np': 'np_given'}
    """
    taken, found = set(names), {}
    for name in names:
        found[name] = name
        if not _is_drivers_own(name):
            continue
        stem = name.strip("_").removeprefix("default_") or "argument"
        candidates = (stem, f"{stem}_given", *(f"{stem}_given{k}" for k in range(len(names))))
        found[name] = next(c for c in candidates if c not in taken and not _is_drivers_own(c))
        taken.add(found[name])
    return found


_DRIVERS_OWN = {"np", "numba", *vars(builtins)}


def _is_drivers_own(name):
    stem = name.removesuffix("_")
    if name.endswith("_") and (keyword.iskeyword(stem) or stem in vars(builtins)):
        return False  # after a keyword or a builtin: lambda_
    numbered = name.startswith("o_") and name[2:].isdigit()
    return name.endswith("_") or name in _DRIVERS_OWN or numbered or name.startswith("default_")


# The drivers that take the function's arguments, and nothing after them.
_TAKES_MORE = ("derivative", "grad", "value_and_grad", "jacobian", "hessian")


def parameters_of(f, takes_more=False):
    """Return (names of a function's parameters, defaults, name of ``*args`` or None).

    Refuse ``*args``, unless the driver ``takes_more``.
    """
    function = python_function(f)
    if not inspect.isfunction(function):
        raise TypeError(
            "fastad: f must be a function written in Python, or an @njit function of one, got "
            f"{f!r}; wrap what it calls: lambda x: ..."
        )
    names, defaults, rest = [], {}, None
    own = inspect.signature(function, follow_wrapped=False).parameters
    taken = inspect.signature(function).parameters
    if [*own] != [*taken]:  # Numba names the arguments, in order, by the latter
        raise TypeError(
            f"fastad: {function.__name__} ({place_of(function)}) has the parameters "
            f"({', '.join(own)}), but by functools.wraps those of another function "
            f"({', '.join(taken)}), which Numba takes for its own; leave out functools.wraps"
        )
    for p in own.values():
        if p.kind == p.VAR_POSITIONAL and takes_more and names:
            rest = p.name
        elif p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            raise TypeError(
                f"fastad: {function.__name__} ({place_of(function)}) has the parameter {p}; its "
                "parameters must be named and positional: write them out, or pass a tuple"
            )
        names.append(p.name)
        if p.default is not p.empty:
            defaults[p.name] = p.default
    if not names:
        raise TypeError(
            f"fastad: {function.__name__} ({place_of(function)}) has no parameters to "
            "differentiate by"
        )
    return names, defaults, rest
