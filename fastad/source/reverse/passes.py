"""The questions at which an optimisation may replace a step of the plain adjoint."""


class Passes:
    """The optimisations that are made, in their order.

    The plain adjoint asks a question at each place where an optimisation may replace its next step.
    A question is the name of a method of the passes. The first pass that answers other than None
    takes the place of that step; a pass answers None where it is not legal, or does not pay.

    ==================  ============================================  ==============================
    question            asked with                                    answer
    ==================  ============================================  ==============================
    whole               the generated function                        its body, both sweeps in one
    body                the generated function, statements, needed    them and their reverse
    loop                adjoint, a counted loop, needed               (F, R, needed)
    any_order           adjoint, a counted loop, what is known of it  True
    call                adjoint, a call of a recursive function       its `Joint`
    undo                adjoint, an assignment                        (statements, what they read)
    elementwise         adjoint, an array statement of several        (statements, what they read)
                        operations
    private             adjoint, a block                              memories of it alone
    hoist               adjoint, a loop, one iteration                (before the loop, iteration)
    bound               adjoint, statements, a stack's top, a loop    how many values they put on it
    unread              adjoint                                       scalars that are not computed
    separate            adjoint, the parameters of a function         True
    not_negative        the programs, a function's body               names
    ==================  ============================================  ==============================

    Parameters
    ----------
    passes : iterable of objects with a ``name``
    """

    def __init__(self, passes):
        self.passes = tuple(passes)
        self.names = frozenset(p.name for p in self.passes)

    def __contains__(self, name):
        return name in self.names

    def ask(self, question, *given):
        """Return the first answer of an optimisation to a question, or None."""
        for p in self.passes:
            method = getattr(p, question, None)
            answer = None if method is None else method(*given)
            if answer is not None:
                return answer
        return None
