"""Arrays that each iteration of a loop makes anew, made once before it and filled again.

To allocate an array or two costs more than the work of many an iteration.
"""

from collections import Counter

import numpy as np

from ..ir.expressions import called, constant, names_in
from ..ir.statements import Array, Assign, Do, Fill, walk, written

FILLS = {np.zeros: 0.0, np.zeros_like: 0.0, np.ones: 1.0, np.ones_like: 1.0}
FILLS |= {np.empty: None, np.empty_like: None}


class HoistAllocations:
    """Arrays that each iteration makes anew are made once before the loop, and filled again.

    Legal in a loop that has become a function (`reverse.outline`), for an array or a view that its
    body makes outside of branches and inner loops; where its shape reads no variable that the loop
    binds and no item of an array; and where nothing keeps it beyond the iteration: it is bound
    once, and put into no list. The code tests first that the loop has an iteration, for making the
    array may raise.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         y = np.zeros(2)
    ...         y[0] = x[i]
    ...         for j in range(2):
    ...             s += y[0] * y[j]
    ...     return s
    >>> print(change_by("allocations", f, np.ones(4), beside="both_sweeps"))
    +    if last_ <= first_:
    +        return 0
    +    y = np.zeros(2)
    +    y_bar = zeros_for(y, base_)
    -        y = np.zeros(2)
    -        y_bar = zeros_for(y, base_)
    +        y[:] = 0.0
    +        y_bar[:] = 0.0
    """

    name = "allocations"

    def hoist(self, adjoint, s, iteration):
        return hoisted(adjoint, s, iteration)


def hoisted(adjoint, s, iteration):
    """Return (statements before the loop, the iteration without them).

    Parameters
    ----------
    s : For
    iteration : list of statements
        One iteration, forward and at once backward.
    """
    changing = {n for t in walk(s.body) for n in written(t)} | {s.name}
    before, body, lasting = [], [[t] for t in iteration], set()
    bound = Counter(n for t in walk(iteration) for n in written(t))
    listed = {_listed(t) for t in walk(iteration)}
    makers = {t.name: k for k, t in enumerate(iteration) if isinstance(t, Assign | Array)}
    for t in s.body:
        if not _repeats(adjoint, t, changing - lasting):
            continue
        own = [t.name, *([adjoint.bars[t.name]] if t.name in adjoint.bars else [])]
        if any(n not in makers or bound[n] != 1 for n in own) or listed & {*own}:
            continue
        lasting.add(t.name)
        for n in own:
            before += body[makers[n]]
            body[makers[n]] = [] if t.kind == "view" else _fill(t, n)
    return before, [t for part in body for t in part]


def _repeats(adjoint, t, changing):
    """Tell whether every iteration makes an array alike: new memory to be filled, or a view."""
    if not isinstance(t, Array) or names_in(t.value) & changing:
        return False
    if adjoint.activity.contents.read_by(t):
        return False
    return t.kind == "view" or called(t.value) in FILLS


def _fill(t, name):
    """Return the statement that fills an array as it was when it was made; none for ``empty``."""
    value = 0.0 if name != t.name else FILLS[called(t.value)]
    return [] if value is None else [Fill(name, constant(value, None))]


def _listed(t):
    """Return the variable that a statement puts into a list, or None."""
    if isinstance(t, Do) and getattr(getattr(t.value, "func", None), "attr", "") == "append":
        return getattr(t.value.args[0], "id", None)
    return None
