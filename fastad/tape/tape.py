"""`Tape`: reverse mode, a record of what was computed and its sweep backwards.

Reverse accumulation gives the gradient by any number of variables for the price of a few
evaluations.  The tape holds *statements*: up to two operands with the partial derivative
by each, and a flag for ``s = s + ...``, the statement that continues the one before it.
A sum over products in a loop so takes one statement of 24 bytes an iteration.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapters 3 and 6.
Hogan, "Fast reverse-mode automatic differentiation using expression templates in C++",
ACM Trans. Math. Softw. 40, 2014 (statements rather than operations).
"""

import numpy as np
from numba import boolean, float64, int32, intp
from numba.core import types
from numba.experimental import jitclass
from numba.extending import intrinsic, overload, register_jitable
from numba.np import arrayobj

from ..numbers.arrays import empty_as
from ..numbers.jet import Jet, JetType
from . import overloads  # noqa: F401  (registers the rules for Vars)
from .push import push
from .types import (
    ALIVE,
    CAPACITY,
    CLASSES,
    FIRST_ID,
    LENGTH,
    LIFE,
    MAX_TERMS,
    OPERANDS,
    PARTIAL_DOTS,
    PARTIALS,
    SELF,
    VarType,
    below,
    first_id,
    identity,
    is_recorded,
    load,
    load_float,
    load_operand,
    make_var,
    new_control,
    new_life,
    store,
    store_float,
)
from .var import Var

__all__ = ["Tape", "Var"]

_VAR = VarType(types.float64)
_TANGENT_VAR = VarType(JetType(types.float64, 1))

_LARGEST = 2**31 - 8
_FIRST_ROOM = 1024
_OPERAND = 2**31 - 1  # the operand without the flag of a sum's continuation


@intrinsic
def _address(typingctx, array):
    """Return the address of an array's first item."""

    def codegen(context, builder, signature, args):
        parts = arrayobj.make_array(signature.args[0])(context, builder, value=args[0])
        return builder.ptrtoint(parts.data, context.get_value_type(types.intp))

    return types.intp(array), codegen


def value_of(x):
    """Return the value of a Var or an expression; of a number, itself (compiled code)."""
    raise NotImplementedError


@overload(value_of)
def _overload_value_of(x):
    return (lambda x: x.value) if is_recorded(x) else (lambda x: x)


@register_jitable
def _larger(array, length, capacity):
    """Return a copy of a table's first rows with room for more."""
    out = np.empty((capacity, 2), array.dtype)
    for k in range(length):  # assigning a slice would take seconds more to compile
        out[k, 0], out[k, 1] = array[k, 0], array[k, 1]
    return out


@register_jitable
def _product(v, p):
    """Return ``v * p`` where a zero of either is a strong zero."""
    return 0.0 if v == 0.0 or p == 0.0 else v * p


def _make_sweep(times, name):
    """Return the reverse sweep with a product of its own."""

    def sweep(adjoints, operands, partials, top, n, out):
        """Write the gradient by n variables of statement top; leave the adjoints zero."""
        adjoints[top] = 1.0
        a, o, p = _address(adjoints), _address(operands), _address(partials)
        s = top
        while s > n:
            v = 0.0
            while True:  # the statements of one sum, whose adjoint is v
                v += load_float(a, s)
                store_float(a, s, 0.0)
                i, j = load_operand(o, 2 * s), load_operand(o, 2 * s + 1)
                k = i & _OPERAND
                store_float(a, k, load_float(a, k) + times(v, load_float(p, 2 * s)))
                store_float(a, j, load_float(a, j) + times(v, load_float(p, 2 * s + 1)))
                s -= 1
                if i >= 0:
                    break
                if s == n:  # a sum that continues the last variable
                    adjoints[n] += v
                    break
        for k in range(n):
            out[k] = adjoints[k + 1]
        adjoints[: n + 1] = 0.0
        adjoints[top] = 0.0

    sweep.__name__ = sweep.__qualname__ = name
    return register_jitable(sweep)


sweep = _make_sweep(register_jitable(lambda v, p: v * p), "sweep")
sweep_strong = _make_sweep(_product, "sweep_strong")


class _Tape:
    """A record of operations on Vars, from which it computes gradients.

    Attributes
    ----------
    n_variables : int
        Number of variables declared.
    operands, partials : arrays (capacity, 2)
        The statements: the number of each operand, and the partial derivative by it.

    Raises
    ------
    RuntimeError
        On use of a Var whose tape is gone or has been reset since, or of another tape's.
    OverflowError
        Beyond 2**31 - 8 statements.

    Notes
    -----
    Declare the variables first, then compute.  The room for statements doubles as needed
    (`reserve` asks for it beforehand) and `reset` keeps it.  A recording costs about 2 ns
    and 24 bytes a statement, a sweep 1.5 ns and 8 bytes more.  In compiled code Numba drops a
    tape after its last mention, so mention it last: ``tape.gradient(y)`` does.

    A tape belongs to one thread at a time; use one for each.

    Examples
    --------
    >>> import fastad, math, numba
    >>> import numpy as np
    >>> tape = fastad.Tape()
    >>> x, y = tape.variable(2.0), tape.variable(5.0)
    >>> r = x * y + fastad.sin(x)
    >>> bool((tape.gradient(r) == [5 + np.cos(2.0), 2.0]).all())
    True

    A function written for a float array, in compiled code:

    >>> @numba.njit
    ... def norm(x):
    ...     s = 0.0
    ...     for v in x:
    ...         s += v * v
    ...     return math.sqrt(s)
    >>> @numba.njit
    ... def norm_gradient(x):
    ...     tape = fastad.Tape()
    ...     r = norm(tape.variables(x))
    ...     return r.value, tape.gradient(r)
    >>> norm_gradient(np.array([3.0, 4.0]))
    (5.0, array([0.6, 0.8]))
    """

    def __init__(self):
        self.control = new_control()
        self.life = new_life(self.control)
        self.operands = np.empty((_FIRST_ROOM, 2), np.int32)
        self.partials = np.empty((_FIRST_ROOM, 2), np.float64)
        self.partial_dots = np.empty((0, 2), np.float64)
        self.adjoints = np.empty(0, np.float64)
        self.adjoint_dots = np.empty(0, np.float64)
        self.n_variables = 0
        self.has_tangents = False
        store(self.control, FIRST_ID, first_id(self.control))
        store(self.control, LENGTH, 1)  # statement 0 stands for all constants
        store(self.control, SELF, identity(self))
        store(self.control, ALIVE, 1)
        self.attach()

    def attach(self):
        """Tell the control block where the arrays are (internal)."""
        c = self.control
        store(c, CAPACITY, self.partials.shape[0] - MAX_TERMS)  # a push needs no more room
        store(c, OPERANDS, _address(self.operands))
        store(c, PARTIALS, _address(self.partials))
        store(c, PARTIAL_DOTS, _address(self.partial_dots))

    def grow(self):
        """Double the room for statements."""
        self.reserve(2 * self.partials.shape[0])

    def reserve(self, statements):
        """Make room for a number of statements, variables included."""
        length = self.partials.shape[0]
        if length >= _LARGEST and statements > length:
            raise OverflowError("a Tape holds at most 2**31 - 8 statements")
        if statements <= length:
            return
        room = min(statements, _LARGEST)
        self.operands = _larger(self.operands, length, room)
        self.partials = _larger(self.partials, length, room)
        if self.has_tangents:
            self.partial_dots = _larger(self.partial_dots, length, room)
        self.attach()

    def reset(self):
        """Forget all variables and statements; keep the memory.

        Vars made before raise RuntimeError when they are used again.
        """
        c = self.control
        store(c, FIRST_ID, load(c, FIRST_ID) + load(c, LENGTH))
        store(c, LENGTH, 1)
        self.n_variables = 0
        self.has_tangents = False

    def n_statements(self):
        """Return the number of statements recorded since the last reset."""
        return load(self.control, LENGTH) - 1 - self.n_variables

    def declare(self, tangents):
        """Return the id of a new variable (internal)."""
        c = self.control
        n = load(c, LENGTH)
        if n != self.n_variables + 1:
            raise RuntimeError("declare all variables before the first operation (or after reset)")
        if self.n_variables > 0 and tangents != self.has_tangents:
            raise RuntimeError("variables with and without tangents do not mix: reset the Tape")
        if tangents and self.partial_dots.shape[0] < self.partials.shape[0]:
            self.partial_dots = np.empty(self.partials.shape, np.float64)
            self.attach()
        self.has_tangents = tangents
        if n >= self.partials.shape[0]:
            self.grow()
        store(c, LENGTH, n + 1)
        self.n_variables += 1
        return load(c, FIRST_ID) + n

    def variable(self, x):
        """Return a new variable of a float value.

        Parameters
        ----------
        x : float

        Returns
        -------
        Var
        """
        return make_var(1.0 * x, self.declare(False), self.control)

    def variables(self, x):
        """Return an array of new variables of the values of an array (compiled code).

        Parameters
        ----------
        x : array of float, any shape

        Returns
        -------
        array of Var, of the same shape
        """
        out = empty_as(_VAR, x)
        for index in np.ndindex(x.shape):
            out[index] = make_var(1.0 * x[index], self.declare(False), self.control)
        return out

    def tangent_variables(self, x, x_dot):
        """Return an array of new variables that carry a direction (compiled code).

        Everything computed from them carries its derivative along it, and `hvp` gives the
        product of the Hessian with it: forward over reverse.

        Parameters
        ----------
        x, x_dot : arrays of float, of one shape
        """
        if x.shape != x_dot.shape:
            raise ValueError("x and x_dot must have the same shape")
        out = empty_as(_TANGENT_VAR, x)
        for index in np.ndindex(x.shape):
            jet = Jet(1.0 * x[index], (1.0 * x_dot[index],))
            out[index] = make_var(jet, self.declare(True), self.control)
        return out

    def top(self, y):
        """Return the number of the statement that computed y, 0 for a constant (internal)."""
        if y.id == 0:
            return 0
        top = y.id - load(self.control, FIRST_ID)
        if not below(top, load(self.control, LENGTH)):
            raise RuntimeError("this Var is from before the Tape's reset, or of another Tape")
        return top

    def gradient(self, y):
        """Return the derivatives of y by all variables, in the order of their declaration.

        Parameters
        ----------
        y : Var or float
            The result; a float depends on no variable and has gradient 0.

        Returns
        -------
        array (n_variables,)

        Notes
        -----
        One sweep from y back to the variables.  Can be called again, for other results.
        """
        top, n = self.top(push(y)), self.n_variables
        if self.adjoints.size <= max(top, n):
            self.adjoints = np.zeros(self.partials.shape[0])
        adjoints = self.adjoints
        out = np.empty(n)
        sweep(adjoints, self.operands, self.partials, top, n, out)
        # A zero times inf is NaN, and stays one: only then pay for strong zeros.
        if np.isnan(out).any():
            adjoints[: top + 1] = 0.0
            sweep_strong(adjoints, self.operands, self.partials, top, n, out)
        return out

    def hvp(self, y):
        """Return the gradient of y and the Hessian's product with the direction.

        Parameters
        ----------
        y : Var
            Computed from `tangent_variables`.

        Returns
        -------
        gradient, product : arrays (n_variables,)

        Notes
        -----
        The derivative of the reverse sweep along the direction: a forward tangent through
        the recording and the sweep, about twice the cost of a gradient.
        """
        n = self.n_variables
        if not self.has_tangents and n > 0:
            raise RuntimeError("hvp needs variables with a direction: tangent_variables(x, x_dot)")
        top = self.top(push(y))
        if self.adjoint_dots.size <= max(top, n):
            self.adjoints = np.zeros(self.partials.shape[0])
            self.adjoint_dots = np.zeros(self.partials.shape[0])
        adjoints, dots = self.adjoints, self.adjoint_dots
        adjoints[top] = 1.0
        v = v_dot = 0.0
        for s in range(top, n, -1):
            v += adjoints[s]
            v_dot += dots[s]
            i, j = self.operands[s, 0], self.operands[s, 1]
            adjoints[s] = dots[s] = 0.0
            for side in range(2):
                k = (i if side == 0 else j) & 0x7FFFFFFF
                p, p_dot = self.partials[s, side], self.partial_dots[s, side]
                adjoints[k] += _product(v, p)
                dots[k] += _product(v_dot, p) + _product(v, p_dot)
            if i >= 0:
                v = v_dot = 0.0
        adjoints[min(n, top)] += v
        dots[min(n, top)] += v_dot
        gradient, product = np.zeros(n), np.zeros(n)
        for k in range(min(n, top)):
            gradient[k], product[k] = adjoints[k + 1], dots[k + 1]
        adjoints[: n + 1] = 0.0
        dots[: n + 1] = 0.0
        return gradient, product


_Tape.__name__ = _Tape.__qualname__ = "Tape"
_SPEC = [
    ("control", intp),
    ("life", LIFE),
    ("operands", int32[:, ::1]),
    ("partials", float64[:, ::1]),
    ("partial_dots", float64[:, ::1]),
    ("adjoints", float64[::1]),
    ("adjoint_dots", float64[::1]),
    ("n_variables", intp),
    ("has_tangents", boolean),
]
Tape = jitclass(_SPEC)(_Tape)
CLASSES[0] = Tape
