"""`ReplayTape`: record once, replay at other inputs.

The interpreter of recorded operations is made from the rule table.
"""

import functools

import numpy as np
from numba import boolean, float64, int32, intp, uint8
from numba.experimental import jitclass
from numba.extending import overload, register_jitable

from . import _codegen
from .rules import COMPARISONS, RULES
from .tape import _address, _larger, _product
from .tape_arrays import empty_of
from .tape_overloads import ieee_divide
from .tape_trace import (
    CODES,
    CONSTANT,
    CONVERSIONS,
    CONVERTED,
    GUARDS,
    RULE_CODES,
    VALUES,
    make_trace,
    number_of,
    write,
)
from .tape_types import (
    ALIVE,
    CAPACITY,
    CLASSES,
    FIRST_ID,
    LENGTH,
    LIFE,
    OPERANDS,
    SELF,
    first_id,
    identity,
    load,
    new_control,
    new_life,
    store,
)

_SYMBOL = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_FIRST_ROOM = 1024


def forward_source():
    """Return the source of doing recorded operations again; False where an outcome changed."""
    replacements = {f: f"{f}_" for f in _codegen.function_names()}
    lines = ["def forward(codes, operands, values, begin, end):"]
    lines.append("    for s in range(begin, end):")
    lines.append("        code = codes[s]")
    # Unsigned, for Numba then leaves out the test for an index from the end.
    lines.append(
        "        x, y = values[unsigned(operands[s, 0])], values[unsigned(operands[s, 1])]"
    )
    lines += [f"        if code == {CONSTANT}:", "            continue"]
    for rule in RULES:
        primal = _codegen.rewrite(rule.primal, replacements)
        lines.append(f"        elif code == {RULE_CODES[rule.name]}:")
        lines.append(f"            values[s] = {primal}")
    for k, name in enumerate(COMPARISONS):
        for outcome in (0, 1):
            lines.append(f"        elif code == {GUARDS + 2 * k + outcome}:")
            changed = f"x {_SYMBOL[name]} y"
            lines.append(f"            if {changed if outcome == 0 else f'not ({changed})'}:")
            lines.append("                return False")
    rounded = {"int": "trunc_(x)", "floor": "floor_(x)", "ceil": "ceil_(x)", "trunc": "trunc_(x)"}
    for k, name in enumerate(CONVERSIONS):
        lines.append(f"        elif code == {CONVERTED + k}:")
        lines.append(f"            if {rounded[name]} != values[s]:")
        lines.append("                return False")
    lines.append("    return True")
    return "\n".join(lines) + "\n"


def backward_source(strong):
    """Return the source of the reverse sweep, with strong zeros (or, faster, without)."""
    replacements = {f: f"{f}_" for f in _codegen.function_names()}
    lines = ["def backward(codes, operands, values, adjoints, begin, end):"]
    lines.append("    for s in range(end - 1, begin - 1, -1):")
    lines.append("        v = adjoints[s]")
    lines += ["        if v == 0.0:", "            continue"]
    lines.append("        adjoints[s] = 0.0")
    lines.append("        i, j = unsigned(operands[s, 0]), unsigned(operands[s, 1])")
    lines.append("        code, x, y, r = codes[s], values[i], values[j], values[s]")
    lines += [f"        if code == {CONSTANT}:", "            continue"]
    for rule in RULES:
        lines.append(f"        elif code == {RULE_CODES[rule.name]}:")
        before = len(lines)
        for operand, partial in zip("ij", rule.partials, strict=False):
            if partial in (None, "0.0"):
                continue
            factor = _codegen.rewrite(partial, replacements, ieee=True)
            term = {"1.0": "v", "-1.0": "-v"}.get(
                partial, f"product(v, {factor})" if strong else f"v * ({factor})"
            )
            lines.append(f"            adjoints[{operand}] += {term}")
        if len(lines) == before:
            lines.append("            pass")
    return "\n".join(lines) + "\n"


def _lazy(source, name):
    """Return a function for compiled code that is made when first compiled."""

    @functools.cache
    def made():
        scope = (
            _codegen.number_namespace()
            | {"divide": ieee_divide, "product": _product}
            | {"unsigned": np.uint32}
        )
        return register_jitable(_codegen.compile_source(source(), name, scope))

    return made


_forward_made = _lazy(forward_source, "forward")
_backward_made = [_lazy(lambda s=strong: backward_source(s), "backward") for strong in (0, 1)]


def _forward(codes, operands, values, begin, end):
    raise NotImplementedError


def _backward(codes, operands, values, adjoints, begin, end):
    raise NotImplementedError


def _backward_strong(codes, operands, values, adjoints, begin, end):
    raise NotImplementedError


@overload(_backward)
def _overload_backward(codes, operands, values, adjoints, begin, end):
    return _backward_made[0]()


@overload(_backward_strong)
def _overload_backward_strong(codes, operands, values, adjoints, begin, end):
    return _backward_made[1]()


overload(_forward)(lambda codes, operands, values, begin, end: _forward_made())


@register_jitable
def _any_nan(values, end):
    """Tell whether a NaN is among the first items; allocates nothing."""
    found = False
    for k in range(1, end):
        found |= np.isnan(values[k])
    return found


class _ReplayTape:
    """A record of the operations on Vars, to be replayed at other inputs.

    Attributes
    ----------
    n_variables : int
    codes, operands, values : arrays
        For each operation its code (see ``fastad.tape_trace``), the numbers of its operands
        and its value at the latest input.

    Raises
    ------
    RuntimeError
        On use of a Var whose tape is gone or has been reset since, or of another tape's;
        and by `replay_checked` where the recording does not hold.

    Notes
    -----
    The outcome of each comparison with a Var, and each integer made from one, is part of the
    record: at an input where one differs `replay` returns False, and value and gradient
    then raise until a replay succeeds or the tape is recorded anew.

    Examples
    --------
    >>> import fastad, numba
    >>> import numpy as np
    >>> @numba.njit
    ... def f(x):
    ...     s = 0.0
    ...     for v in x:
    ...         if v > 0:
    ...             s += v * v
    ...     return s
    >>> @numba.njit
    ... def record(tape, x):
    ...     tape.reset()
    ...     tape.output(f(tape.variables(x)))
    >>> tape = fastad.ReplayTape()
    >>> record(tape, np.array([1.0, 2.0, -1.0]))
    >>> tape.replay(np.array([3.0, 4.0, -5.0])), tape.value()
    (True, 25.0)
    >>> tape.gradient()
    array([6., 8., 0.])
    >>> tape.replay(np.array([3.0, 4.0, 5.0]))
    False
    """

    def __init__(self):
        self.control = new_control()
        self.life = new_life(self.control)
        self.codes = np.zeros(_FIRST_ROOM, np.uint8)
        self.operands = np.zeros((_FIRST_ROOM, 2), np.int32)
        self.values = np.zeros(_FIRST_ROOM, np.float64)
        self.adjoints = np.zeros(0, np.float64)
        self.n_variables = 0
        self.result = -1
        self.holds = False
        store(self.control, FIRST_ID, first_id(self.control))
        store(self.control, LENGTH, 1)
        store(self.control, SELF, identity(self))
        store(self.control, ALIVE, 1)
        self.attach()

    def attach(self):
        """Tell the control block where the arrays are (internal)."""
        c = self.control
        store(c, CAPACITY, self.values.size)
        store(c, CODES, _address(self.codes))
        store(c, OPERANDS, _address(self.operands))
        store(c, VALUES, _address(self.values))

    def grow(self):
        """Double the room for operations."""
        length = self.values.size
        if length >= 2**30:
            raise OverflowError("a ReplayTape holds at most 2**30 operations")
        codes, values = np.zeros(2 * length, np.uint8), np.zeros(2 * length)
        codes[:length], values[:length] = self.codes, self.values
        self.codes, self.values = codes, values
        self.operands = _larger(self.operands, length, 2 * length)
        self.attach()

    def reset(self):
        """Forget all variables and operations; keep the memory."""
        c = self.control
        store(c, FIRST_ID, load(c, FIRST_ID) + load(c, LENGTH))
        store(c, LENGTH, 1)
        self.n_variables = 0
        self.result = -1
        self.holds = False

    def n_operations(self):
        """Return the number of operations recorded, constants and comparisons included."""
        return load(self.control, LENGTH) - 1 - self.n_variables

    def variables(self, x):
        """Return an array of new variables of the values of an array (compiled code)."""
        c = self.control
        if load(c, LENGTH) != self.n_variables + 1:
            raise RuntimeError("declare all variables before the first operation (or after reset)")
        out = empty_of(make_trace(0.0, 0, 0), x.shape)
        for index in np.ndindex(x.shape):
            value = 1.0 * x[index]
            n = write(c, CONSTANT, 0, 0, value)
            out[index] = make_trace(value, load(c, FIRST_ID) + n, c)
        self.n_variables += x.size
        return out

    def output(self, y):
        """Declare the result, a Var or a number, whose value and gradient are wanted."""
        self.result = number_of(self.control, y)
        self.holds = True

    def replay(self, x):
        """Evaluate the recording at a new input.

        Parameters
        ----------
        x : array (n_variables,)
            The values of all variables in the order of their declaration.

        Returns
        -------
        bool
            Whether the recording holds there: every comparison came out as recorded.

        Raises
        ------
        ValueError
            If x has another number of items than there are variables.
        RuntimeError
            If no output was declared.
        """
        if self.result < 0:
            raise RuntimeError("nothing to replay: record, then declare output(y)")
        n = self.n_variables
        if x.size != n:
            raise ValueError("x must hold one value for each variable of the recording")
        for k in range(n):
            self.values[k + 1] = x[k]
        end = load(self.control, LENGTH)
        self.holds = _forward(self.codes, self.operands, self.values, n + 1, end)
        return self.holds

    def replay_checked(self, x):
        """Evaluate the recording at a new input, or raise where it does not hold."""
        if not self.replay(x):
            raise RuntimeError("a comparison came out otherwise than when recorded: record anew")

    def check(self):
        """Raise where value and gradient would be those of another branch (internal)."""
        if not self.holds:
            raise RuntimeError("the recording does not hold at the latest input: record anew")

    def value(self):
        """Return the value of the output at the latest input."""
        self.check()
        return self.values[self.result]

    def gradient(self):
        """Return the gradient of the output at the latest input, shape (n_variables,)."""
        out = np.empty(self.n_variables)
        self.gradient_into(out)
        return out

    def gradient_into(self, out):
        """Write the gradient at the latest input to an array; allocates nothing."""
        self.check()
        n, top = self.n_variables, self.result
        if out.size != n:
            raise ValueError("out must hold one item for each variable")
        if self.adjoints.size < self.values.size:
            self.adjoints = np.zeros(self.values.size)
        adjoints = self.adjoints
        adjoints[top] = 1.0
        _backward(self.codes, self.operands, self.values, adjoints, n + 1, top + 1)
        # inf * 0 is NaN, and stays one: only then pay for strong zeros.
        if _any_nan(adjoints, n + 1):
            adjoints[: top + 1] = 0.0
            adjoints[top] = 1.0
            _backward_strong(self.codes, self.operands, self.values, adjoints, n + 1, top + 1)
        for k in range(n):
            out[k] = adjoints[k + 1]
        adjoints[: n + 1] = 0.0


_ReplayTape.__name__ = _ReplayTape.__qualname__ = "ReplayTape"
_SPEC = [
    ("control", intp),
    ("life", LIFE),
    ("codes", uint8[::1]),
    ("operands", int32[:, ::1]),
    ("values", float64[::1]),
    ("adjoints", float64[::1]),
    ("n_variables", intp),
    ("result", intp),
    ("holds", boolean),
]
ReplayTape = jitclass(_SPEC)(_ReplayTape)
CLASSES[1] = ReplayTape
