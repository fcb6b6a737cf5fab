"""Options of Numba's that the user's functions were compiled with, of several put into one."""

_FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}  # the others deny inf and NaN


class Strictness:
    """What the user's functions that are put into one let the compiler do: what all of them do.

    A division of numbers raises where the divisor is zero if one of them says so (Numba's
    ``error_model="python"``, its default); where none has such a division, loops are free of
    tests.  Generated code may count on inf and NaN where a function does not.
    """

    def __init__(self):
        self.fast, self.boundscheck, self.raises = None, False, False

    def note(self, function):
        """Take in the options of one more function."""
        chosen = getattr(function, "targetoptions", {})
        fast = chosen.get("fastmath") or set()
        fast = _FAST if fast is True else _FAST & {*fast}
        self.fast = fast if self.fast is None else self.fast & fast
        self.boundscheck |= bool(chosen.get("boundscheck"))
