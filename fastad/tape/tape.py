"""`Tape`: reverse mode, a record of what was computed and its sweep backwards.

Reverse accumulation computes the gradient by any number of variables at the cost of a few
evaluations.  The tape holds *statements*: up to two operands with the partial derivative by each,
and a flag for ``s = s + ...``, a statement that continues the one before it.  So a sum over
products in a loop takes one statement of 24 bytes an iteration.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapters 3 and 6.
Hogan, "Fast reverse-mode automatic differentiation using expression templates in C++",
ACM Trans. Math. Softw. 40, 2014 (statements rather than operations).
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from numba import boolean, float64, int32, intp
from numba.experimental import jitclass
from numba.extending import overload

from . import (
    overloads,  # noqa: F401  (registers the rules for Vars)
    recording,
    shown,
)
from .push import push
from .types import (
    ALIVE,
    CLASSES,
    FIRST_ID,
    LENGTH,
    LIFE,
    SELF,
    first_id,
    identity,
    is_recorded,
    load,
    new_control,
    new_life,
    store,
)
from .var import Var

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .._typing import Float64s, Floats


__all__ = ["Tape", "Var"]


def value_of(x):
    """Return the value of a Var or an expression, or a number itself (compiled code)."""
    raise NotImplementedError


@overload(value_of)
def _overload_value_of(x):
    return (lambda x: x.value) if is_recorded(x) else (lambda x: x)


class _Tape:
    """A record of operations on Vars, from which it computes gradients.

    Attributes
    ----------
    n_variables : int
        Number of variables declared.
    operands, partials : arrays (capacity, 2)
        The statements: the index of each operand, and the partial derivative by it.

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
    >>> tape
    <Tape: 2 variables, 3 statements>
    k  parents   partials
    1  variable
    2  variable
    3  1, 2      5, 2
    4  1         -0.416147
    5  4, 3      1, 1

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

    def __init__(self) -> None:
        self.control = new_control()
        self.life = new_life(self.control)
        self.operands, self.partials, self.partial_dots, self.adjoints = recording.new_tables()
        self.adjoint_dots = self.adjoints
        self.n_variables = 0
        self.has_tangents = False
        store(self.control, FIRST_ID, first_id(self.control))
        store(self.control, LENGTH, 1)  # statement 0 stands for all constants
        store(self.control, SELF, identity(self))
        store(self.control, ALIVE, 1)
        recording.attach(self.control)

    def reserve(self, statements: int) -> None:
        """Make room for a number of statements in all, variables included."""
        recording.reserve(self.control, statements)

    def reset(self) -> None:
        """Forget all variables and statements; keep the memory.

        Vars made before raise RuntimeError when they are used again.
        """
        c = self.control
        store(c, FIRST_ID, load(c, FIRST_ID) + load(c, LENGTH))
        store(c, LENGTH, 1)
        self.n_variables = 0
        self.has_tangents = False

    def n_statements(self) -> int:
        """Return the number of statements recorded since the last reset."""
        return load(self.control, LENGTH) - 1 - self.n_variables

    def variable(self, x: float) -> Var:
        """Return a new variable with a float value.

        Parameters
        ----------
        x : float

        Returns
        -------
        Var
        """
        return recording.variable(self.control, x)

    def variables(self, x: Floats) -> NDArray[np.object_]:
        """Return an array of new variables with the values of an array (compiled code).

        Parameters
        ----------
        x : array of float, any shape

        Returns
        -------
        array of Var, of the same shape
        """
        return recording.variables(self.control, x)

    def tangent_variables(self, x: Floats, x_dot: Floats) -> NDArray[np.object_]:
        """Return an array of new variables that carry a direction (compiled code).

        Everything computed from them carries its derivative along the direction, and `hvp` returns
        the Hessian's product with the direction: forward over reverse.

        Parameters
        ----------
        x, x_dot : arrays of float, of one shape
        """
        return recording.tangent_variables(self.control, x, x_dot)

    def gradient(self, y: Var | float) -> Float64s:
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
        return recording.gradient(self.control, push(y).id)

    def hvp(self, y: Var | float) -> tuple[Float64s, Float64s]:
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
        return recording.hvp(self.control, push(y).id)


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
if TYPE_CHECKING:

    class Tape(_Tape):
        """See `_Tape`: what Numba makes of it has these attributes, and those that are private."""

        n_variables: int
        operands: NDArray[np.int32]
        partials: Float64s

else:
    Tape = jitclass(_SPEC)(_Tape)
    Tape.__class__, Tape._printed = shown.TapeClass, shown.TABLE
    Tape.__signature__ = inspect.Signature()
CLASSES[0] = Tape
