"""The source of the drivers: seed the arguments, call f in windows, read the derivatives."""

import inspect

import numba
from numba.core.dispatcher import Dispatcher

from . import _seeding
from ._generated import build, python_function

MODES = ("auto", "forward")
# Eight doubles fill one AVX-512 register; for second derivatives 1 + 4 + 4 + 16 numbers.
CHUNK = 8
CHUNK_HESSIAN = 4


class Plan:
    """What a driver knows of its function: names of parameters, which are differentiated."""

    def __init__(self, f, argnums, mode, chunk_size, default_chunk=CHUNK):
        if not callable(f):
            raise TypeError(f"f must be a function, got {type(f).__name__}")
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}, got {mode!r}")
        if chunk_size is None:
            chunk_size = default_chunk
        if isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or chunk_size < 1:
            raise ValueError(f"chunk_size must be a positive int or None, got {chunk_size!r}")
        function = python_function(f)
        self.name = function.__name__ if function.__name__.isidentifier() else "f"
        self.parameters, self.defaults = _parameters(f, function)
        self.single = not isinstance(argnums, tuple)
        numbers = (argnums,) if self.single else argnums
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int):
                raise TypeError(f"argnums must be an int or a tuple of ints, got {argnums!r}")
            if not -len(self.parameters) <= number < len(self.parameters):
                raise ValueError(
                    f"argnums {number} is out of range: {self.name} has the parameters "
                    f"({', '.join(self.parameters)})"
                )
        self.argnums = tuple(n % len(self.parameters) for n in numbers)
        if len(set(self.argnums)) != len(self.argnums) or not self.argnums:
            raise ValueError(f"argnums must name one or more different arguments, got {argnums!r}")
        self.variables = [self.parameters[n] for n in self.argnums]
        self.template = "(" + "0.0, " * chunk_size + ")"
        self.f = _inlined(f)

    def signature(self, defaults=True):
        """Return the parameters as source."""
        if not defaults:
            return ", ".join(self.parameters)
        return ", ".join(f"{p}=default_{p}" if p in self.defaults else p for p in self.parameters)

    def call(self, seeds):
        """Return the source of f called with some arguments replaced."""
        arguments = [seeds.get(p, p) for p in self.parameters]
        return f"f_({', '.join(arguments)})"

    def checks(self):
        """Return lines that refuse arguments without derivatives."""
        return [f'check_({v}, "{v}", "{self.name}")' for v in self.variables]

    def offsets(self):
        """Return lines that number the variables of all arguments in one sequence."""
        lines = ["o_0 = 0"]
        for i, v in enumerate(self.variables):
            lines.append(f"o_{i + 1} = o_{i} + count_({v})")
        return lines

    def tuple_of(self, items):
        """Return one item, or a tuple as the caller asked for by argnums."""
        return items[0] if self.single else f"({', '.join(items)},)"

    def build(self, kind, parameters, lines):
        """Compile a driver of some body."""
        name = f"{kind}_{self.name}"
        source = f"def {name}({parameters}):\n    " + "\n    ".join(lines) + "\n"
        namespace = {f"{k}_": v for k, v in _seeding.NAMES.items()} | {"f_": self.f}
        namespace |= {f"default_{p}": v for p, v in self.defaults.items()}
        g = build(name, source, namespace, self.f)
        g.mode = "forward"
        return g


def _inlined(f):
    """Return an @njit function to be merged into its caller by the compiler.

    Where f is inlined the seeds are constants, and the products with their zeros vanish.
    """
    options = dict(f.targetoptions) if isinstance(f, Dispatcher) else {}
    if options.get("parallel"):
        return f
    kept = ("boundscheck", "error_model", "fastmath", "locals")
    options = {k: v for k, v in options.items() if k in kept and v}
    return numba.njit(forceinline=True, **options)(python_function(f))


def _parameters(f, function):
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise TypeError(
            f"fastad needs a Python function or an @njit function, got {f!r}; wrap it: "
            "lambda x: ..."
        ) from None
    names, defaults = [], {}
    for p in signature.parameters.values():
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            raise TypeError(
                f"{function.__name__} has the parameter {p}; fastad needs named positional "
                "parameters: write them out, or pass a tuple"
            )
        names.append(p.name)
        if p.default is not p.empty:
            defaults[p.name] = p.default
    if not names:
        raise TypeError(f"{function.__name__} has no parameters to differentiate by")
    return names, defaults


def sweep(plan, use, variables=None):
    """Return lines that run f over all windows of variables and ``use`` each result."""
    seeds = {
        v: f"seed_unit_({(variables or plan.variables)[i]}, zero_, o_{i} - start_)"
        for i, v in enumerate(plan.variables)
    }
    return [
        "start_ = 0",
        "while True:",
        f"    result_ = {plan.call(seeds)}",
        *(f"    {line}" for line in use),
        "    start_ += width_(zero_)",
        f"    if start_ >= o_{len(plan.variables)}:",
        "        break",
    ]


def gathers(plan, result="result_"):
    """Return lines that collect a scalar result's partials into the cotangents."""
    return [
        f"{v}_bar_ = gather_({v}_bar_, {result}, zero_, o_{i} - start_)"
        for i, v in enumerate(plan.variables)
    ]


def prologue(plan, extra=()):
    """Return lines that check the arguments and name the base, the Jet and the offsets."""
    everything = ", ".join([*plan.parameters, *extra])
    return [
        *plan.checks(),
        f"base_ = base_zero_(({everything},))",
        f"zero_ = zero_jet_(base_, ({', '.join(plan.variables)},), {plan.template})",
        *plan.offsets(),
    ]


def cotangents(plan):
    """Return lines that make the arrays, or numbers, for the gradient."""
    return [f"{v}_bar_ = cotangent_({v}, base_)" for v in plan.variables]


def gradient_lines(plan):
    """Return lines that compute the gradient by all variables."""
    use = [f'scalar_result_(result_, "{plan.name}")', *gathers(plan)]
    return [*prologue(plan), *cotangents(plan), *sweep(plan, use)]
