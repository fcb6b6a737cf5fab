"""`ReplayTape`: record once, replay at other inputs."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import numpy as np
from numba import boolean, float64, int32, int64, intp, uint8
from numba.experimental import jitclass
from numba.extending import register_jitable

from ..jit.separate import separately
from ..numbers.arrays import empty_as
from . import shown
from .interpreter import run_backward, run_forward
from .recording import larger
from .sweeps import address_of
from .trace import CODES, CONSTANT, TRACE, VALUES, make_trace, number_of, write
from .types import (
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

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from .._typing import Float64s, Floats


# These take long to compile: they are compiled once, and called by all methods.
run_backward, run_forward = separately(run_backward), separately(run_forward)

_FIRST_ROOM = 1024


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
        For each operation its code (see ``fastad.tape.trace``), the indices of its operands, and
        its value at the latest input.

    Raises
    ------
    RuntimeError
        On use of a Var whose tape is gone or has been reset since, or of another tape's;
        and by `replay_checked` where the recording does not hold.

    Notes
    -----
    A replay does the operations again one by one, in the order in which they were recorded,
    and allocates nothing: 3 to 10 ns each with the sweep (docs/derivatives/tape.md), which is
    longer than recording takes where f is arithmetic alone.

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

    def __init__(self) -> None:
        self.control = new_control()
        self.life = new_life(self.control)
        self.codes = np.zeros(_FIRST_ROOM, np.uint8)
        self.operands = np.zeros((_FIRST_ROOM, 2), np.int32)
        self.values = np.zeros(_FIRST_ROOM, np.float64)
        self.adjoints = np.zeros(0, np.float64)
        self.n_variables = 0
        self.result = -1
        self.holds = False
        self.key = np.zeros(1, np.int64)
        store(self.control, FIRST_ID, first_id(self.control))
        store(self.control, LENGTH, 1)
        store(self.control, SELF, identity(self))
        store(self.control, ALIVE, 1)
        self.attach()

    def attach(self) -> None:
        """Store the addresses of the arrays in the control block (internal)."""
        c = self.control
        store(c, CAPACITY, self.values.size)
        store(c, CODES, address_of(self.codes))
        store(c, OPERANDS, address_of(self.operands))
        store(c, VALUES, address_of(self.values))

    def grow(self) -> None:
        """Double the room for operations."""
        length = self.values.size
        if length >= 2**30:
            raise OverflowError("a ReplayTape holds at most 2**30 operations")
        codes, values = np.zeros(2 * length, np.uint8), np.zeros(2 * length)
        for k in range(length):
            codes[k], values[k] = self.codes[k], self.values[k]
        self.codes, self.values = codes, values
        self.operands = larger(self.operands, length, 2 * length)
        self.attach()

    def reset(self) -> None:
        """Forget all variables and operations; keep the memory."""
        c = self.control
        store(c, FIRST_ID, load(c, FIRST_ID) + load(c, LENGTH))
        store(c, LENGTH, 1)
        self.n_variables = 0
        self.result = -1
        self.holds = False
        self.key[0] = 0

    def n_operations(self) -> int:
        """Return the number of operations recorded, constants and comparisons included."""
        return load(self.control, LENGTH) - 1 - self.n_variables

    def variables(self, x: Floats) -> NDArray[np.object_]:
        """Return an array of new variables with the values of an array (compiled code)."""
        c = self.control
        if load(c, LENGTH) != self.n_variables + 1:
            raise RuntimeError("declare all variables before the first operation (or after reset)")
        out = empty_as(TRACE, x)
        for index in np.ndindex(x.shape):
            value = 1.0 * x[index]
            n = write(c, CONSTANT, 0, 0, value)
            out[index] = make_trace(value, load(c, FIRST_ID) + n, c)
        self.n_variables += x.size
        return out

    def variable(self, x: float) -> Any:
        """Return a new variable with a value (compiled code)."""
        return self.variables(np.full(1, x))[0]

    def output(self, y: Any) -> None:
        """Declare the result, a Var or a number, whose value and gradient are wanted."""
        self.result = number_of(self.control, y)
        self.holds = True
        self.adjoints[:] = 0.0  # the sweep does not zero those of constants

    def replay(self, x: Floats) -> bool:
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
        return self.replay_point()

    def replay_point(self) -> bool:
        """Evaluate the recording at the values of its variables (internal)."""
        self.holds = False  # in case an operation raises
        end = load(self.control, LENGTH)
        self.holds = run_forward(self.codes, self.operands, self.values, self.n_variables + 1, end)
        return self.holds

    def replay_checked(self, x: Floats) -> None:
        """Evaluate the recording at a new input, or raise where it does not hold."""
        if not self.replay(x):
            raise RuntimeError("a comparison came out otherwise than when recorded: record anew")

    def check(self) -> None:
        """Raise if the latest replay failed: value and gradient are not those there (internal)."""
        if not self.holds:
            raise RuntimeError("the recording does not hold at the latest input: record anew")

    def value(self) -> float:
        """Return the value of the output at the latest input."""
        self.check()
        return self.values[self.result]

    def gradient(self) -> Float64s:
        """Return the gradient of the output at the latest input, shape (n_variables,)."""
        out = np.empty(self.n_variables)
        self.gradient_into(out)
        return out

    def gradient_into(self, out: Floats) -> None:
        """Write the gradient at the latest input to an array; allocates nothing."""
        self.check()
        n, top = self.n_variables, self.result
        if out.size != n:
            raise ValueError("out must hold one item for each variable")
        end = load(self.control, LENGTH)
        if self.adjoints.size < self.values.size:
            self.adjoints = np.zeros(self.values.size)
        adjoints = self.adjoints
        adjoints[top] = 1.0
        run_backward(self.codes, self.operands, self.values, adjoints, n + 1, end, False)
        # inf * 0 is NaN, which never goes away: only then sweep again, with strong zeros.
        if _any_nan(adjoints, n + 1):
            adjoints[:] = 0.0
            adjoints[top] = 1.0
            run_backward(self.codes, self.operands, self.values, adjoints, n + 1, end, True)
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
    ("key", int64[::1]),  # see fastad.drivers.replayed
]
if TYPE_CHECKING:

    class ReplayTape(_ReplayTape):
        """See `_ReplayTape`: what Numba makes of it has these attributes, and private ones."""

        n_variables: int
        codes: NDArray[np.uint8]
        operands: NDArray[np.int32]
        values: Float64s

else:
    ReplayTape = jitclass(_SPEC)(_ReplayTape)
    ReplayTape.__class__, ReplayTape._printed = shown.TapeClass, shown.LINE
    ReplayTape.__signature__ = inspect.Signature()
CLASSES[1] = ReplayTape
