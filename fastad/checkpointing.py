"""Checkpoints of long loops: memory for a few states, and as few steps again as possible.

The reverse of a loop needs the states of its steps in the opposite order.  Instead of all
of them a few are kept, and the others computed again from the nearest one before.  With s
snapshots and every step run at most r times again, ``C(s + r, s)`` steps can be reversed:
memory and time grow with the logarithm of the number of steps.

References
----------
Griewank and Walther, "Algorithm 799: revolve", ACM Transactions on Mathematical Software
26, 2000: the optimal positions, and the number of steps.
"""

from __future__ import annotations

from numba.extending import overload, register_jitable


def checkpoint(steps: int, snapshots: int | None = None) -> range:
    """Return ``range(steps)``; in source mode the loop over it keeps few states.

    Parameters
    ----------
    steps : int
    snapshots : int, optional
        The number of states in memory at one time, at least 1; ``ceil(log2(steps))`` by
        default.

    Returns
    -------
    range

    Raises
    ------
    ValueError
        If snapshots is less than 1.

    Notes
    -----
    Works in the interpreter and in compiled code.  Only `grad`, `value_and_grad`, `vjp`,
    `jacobian` and `hvp` with ``mode="source"`` make use of it; in other modes it is range.
    A state is what one step of the loop takes from the one before, numbers and arrays; that
    before the last step is kept beside the snapshots.
    Reversing l steps with s snapshots takes ``r l - C(s + r, s + 1) + 1`` steps without
    derivatives, and l with them; r is the least number with ``C(s + r, s) >= l``.

    Examples
    --------
    >>> import math
    >>> import fastad
    >>> def orbit(x, steps):
    ...     y = x
    ...     for _ in fastad.checkpoint(steps):
    ...         y = math.sin(y + 0.1)
    ...     return y
    >>> g = fastad.grad(orbit, mode="source")
    >>> round(g(0.5, 100) / fastad.grad(orbit)(0.5, 100), 12)
    1.0
    """
    _check(snapshots)
    return range(steps)


@register_jitable
def _check(snapshots):
    if snapshots is not None and snapshots < 1:
        raise ValueError("fastad: checkpoint needs at least one snapshot")


@overload(checkpoint)
def _checkpoint(steps, snapshots=None):
    def implementation(steps, snapshots=None):
        _check(snapshots)
        return range(steps)

    return implementation


@register_jitable
def snapshots_for(steps, snapshots):
    """Return the number of snapshots for a loop."""
    _check(snapshots)
    if snapshots is not None:
        return max(1, min(snapshots, steps))
    n = 1
    while (1 << n) < steps:
        n += 1
    return n


@register_jitable
def first_part(steps, snapshots):
    """Return how many of some steps to run before the next snapshot, the optimal number.

    ``snapshots`` counts the one that is held at their start.
    """
    reach, r = 1, 0  # C(s + r, s)
    while reach < steps:
        r += 1
        reach = reach * (snapshots + r) // r
    less = reach * r // (snapshots + r)  # C(s + r - 1, s)
    return min(less, steps - less * snapshots // (snapshots + r - 1))


@register_jitable
def next_snapshot(at, end, free):
    """Return the step before which to keep the next state, -1 for none.

    Parameters
    ----------
    at : int
        The step before which the last state was kept.
    end : int
        Of the steps that are to be reversed.
    free : int
        How many more states there is room for.
    """
    if free < 1 or end - at < 2:
        return -1
    return at + first_part(end - at, free + 1)
