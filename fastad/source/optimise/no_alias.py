"""Functions whose arrays do not overlap."""

from ..reverse.storage import overlapping


class NoAlias:
    """Loops are functions of their own, whose arrays do not overlap for the compiler.

    Legal where no two arrays given to the function are parts of one memory, or have adjoints that
    are.

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
