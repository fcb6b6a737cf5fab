"""The functions that a rule written by hand consists of: what they are given stays as it is."""

import inspect

from ..refusals import Misuse
from .effects import effects
from .generated import ByTypes


class ByHand(ByTypes):
    """An @njit function of which one signature may call another by way of others.

    Numba would take that for recursion, and code from the disk cache would then crash.

    Parameters
    ----------
    function : function
    options : dict
        Those of Numba's.
    kept : int
        How many of its first parameters it leaves as they are: they may be arrays of the program
        that calls it, and it may be called with them again.
    """

    def __init__(self, function, kept):
        super().__init__(function.py_func, dict(function.targetoptions))
        self.kept = kept

    def implementation(self, argument_types):
        names = [*inspect.signature(self.py_func).parameters]
        written = effects(self.py_func, dict(zip(names, argument_types, strict=True))).surely
        for name in names[: self.kept]:
            if name in written:
                raise Misuse(
                    f"fastad: the rule {self.__name__} writes into {name!r}, which others read "
                    "after it; let it write into a copy: np.copy(...)"
                )
        return self.py_func

    def identity(self):
        return (self.py_func, repr(sorted(self.targetoptions.items(), key=str)))


def without_declared(function):
    """Return an @njit function, which is compiled again; refuse it if its variables have types."""
    if function.locals:
        raise TypeError(
            f"fastad: the variables of {function.__name__} have types of their own (locals=); "
            "compile it without, and convert what is assigned to them"
        )
    return function
