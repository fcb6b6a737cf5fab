"""Functions whose arrays do not overlap."""

from ..reverse.storage import overlapping


class NoAlias:
    """The compiler is told that the arrays of a generated function do not overlap.

    Legal where no two of the arrays given to the function share memory in the program, nor the
    arrays of which it is given the adjoints. (A driver refuses arguments that overlap where the
    function may write into one; adjoints are always new memory.)

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     y = 1.0
    ...     for i in range(x.size):
    ...         y = y * x[i]
    ...     return y
    >>> print(change_by("no_alias", f, np.ones(4)))
    -@sweeping()
    +@separate()
    """

    name = "no_alias"

    def separate(self, adjoint, parameters):
        return not overlapping(adjoint, parameters)
