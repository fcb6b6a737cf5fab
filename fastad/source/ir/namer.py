"""The only maker of names in generated code.

One `Namer` serves all functions of a generated module.  It knows the names that generated code
uses by itself (`FIXED`, the functions of its namespace, Python's builtins) and gives none of them
to a variable of the user's; no two things have one name.
"""

import builtins

# Parameters and variables that generated functions name by themselves.
FIXED = ("stack_", "top_", "kept_", "kept_top_", "base_", "first_", "last_", "seed_")

DECORATORS = ("separate", "sweeping", "in_parallel")


class Namer:
    """Gives names, each once.

    A name stays taken though the statements for which it was made are dropped: other statements
    that were made at the same time may have been kept.

    Parameters
    ----------
    known : dict of str to object
        The globals that generated code uses by itself.

    Attributes
    ----------
    namespace : dict of str to object
        The user's globals, under the names that they have in the generated code.
    conditional : set of str
        Generated variables, such as adjoints, that have a value only on those paths on which the
        user's variable has one, and that are read on no other path.

    Examples
    --------
    >>> namer = Namer({})
    >>> namer.fresh("x"), namer.fresh("x"), namer.fresh("stack_"), namer.fresh("max")
    ('x', 'x_1', 'stack_1', 'max_1')
    """

    def __init__(self, known):
        self.known = {**vars(builtins), **known}
        self.taken = {*self.known, *FIXED, *DECORATORS, "f_"}
        self.namespace, self.conditional = {}, set()

    def fresh(self, hint):
        """Return a new name: the hint, or where that is taken, the hint with a number."""
        name, k = hint, 1
        while name in self.taken:
            name = f"{hint.rstrip('_')}_{k}"
            k += 1
        self.taken.add(name)
        return name

    def of_global(self, hint, value):
        """Return the name by which generated code knows an object of the user's."""
        if self.known.get(hint) is value:
            return hint
        for name, known in self.namespace.items():
            if known is value:
                return name
        name = self.fresh(hint)
        self.namespace[name] = value
        return name
