"""The options of Numba's with which the user's functions that are inlined into one are compiled."""

_FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}  # the other flags deny inf and NaN


class Strictness:
    """What the compiler may do with generated code: only what each inlined function allows.

    Generated code has the fastmath flags that all functions have, without those that deny inf and
    NaN; it checks bounds if one of them does; and a division of numbers by zero raises if one of
    them has a division that does (Numba's ``error_model="python"``, its default).
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
