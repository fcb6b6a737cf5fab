"""Values that the adjoint does without, where the program's results are not wanted.

The adjoint of a tangent program is asked for the Hessian's product alone.  Its tangents are
linear in each other: sums of them, and what is chosen among them, need not be computed.
"""

from .ir import Assign, reads_of


def unread(adjoint):
    """Return the scalars whose values neither the way back nor what it reads is made from."""
    assigned = {s.name for s in adjoint.loops.all if isinstance(s, Assign)}
    candidates = assigned - {*adjoint.program.parameters}
    while True:
        read = set()
        for s in adjoint.loops.all:
            if not (isinstance(s, Assign) and s.name in candidates):
                read |= reads_of(s) | {getattr(s, "until", "")}
            elif s.name in adjoint.activity.active:
                p = adjoint.pullback().pull(s.value, "bar", s.name)
                read |= p.uses | ({s.name} if p.uses_result else set())
        if not read & candidates:
            return candidates
        candidates = candidates - read
