"""What a number with derivatives says and refuses in the interpreter: text, and no float."""

from __future__ import annotations

import numbers
from typing import Any, Self


def signed(text):
    """Return the text of a number after ``+`` or ``-``, as a second term is written.

    Examples
    --------
    >>> signed("-0.416"), signed("0.416"), signed("+1e-05"), signed("  -2.0")
    ('- 0.416', '+ 0.416', '+ 1e-05', '-   2.0')
    """
    sign = text.lstrip()[:1]
    if sign not in ("+", "-"):
        return f"+ {text}"
    return f"{sign} {text.replace(sign, '', 1)}"


def no_float(kind):
    """Return the error of ``float(x)``, which functions of ``math`` ask for."""
    return TypeError(
        f"float() would lose the derivative of a {kind}: use its .value. Functions of math take "
        "floats: use those of fastad (fastad.sin) or NumPy (np.sin)"
    )


def is_real(x):
    """Tell whether an argument is a number that Python knows as real."""
    return isinstance(x, numbers.Real)


def named(x):
    """Return what came, as a message says it: the type, or that nothing came."""
    return "nothing" if x is None else type(x).__name__


class InPython:
    """What a Jet is in the interpreter, but for its arithmetic: see `fastad.Jet`."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    value: Any
    partials: tuple[Any, ...]

    @property
    def tangent(self) -> tuple[Any, ...]:
        """The partials, by the name by which fastad knows a differentiable number."""
        return self.partials

    def constant(self, value: float) -> Self:
        """Return a constant with as many partials: all are zero."""
        return type(self)(value, (0.0,) * len(self.partials))  # type: ignore[call-arg]

    def __repr__(self):
        return f"Jet(value={self.value!r}, partials={self.partials!r})"

    def __format__(self, spec):
        if not spec:
            return repr(self)
        return f"{self.value:{spec}} + ({', '.join(f'{p:{spec}}' for p in self.partials)}) eps"

    def __bool__(self):
        return self.value != 0.0

    def __int__(self):
        return int(self.value)

    def __float__(self):
        raise no_float("Jet")

    def __reduce__(self):
        return type(self), (self.value, self.partials)
