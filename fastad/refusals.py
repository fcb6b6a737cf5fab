"""What fastad says where it does not take a function: one paragraph, about the user's code.

A mode that cannot differentiate a function gives a reason.  Numba's own messages about
generated code are long and name what the user never wrote: of them the first sentence that
says something is kept, and the innermost line of the user's files.
"""

import os
import re
from pathlib import Path

import numba

_OURS = (str(Path(__file__).parent) + os.sep, str(Path(numba.__file__).parent) + os.sep)
_MARK = "fastad: "
_PLACE = re.compile(r"^During: .* at (.+) \((\d+)\)$")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_NO_RULE = re.compile(r"^No implementation of function Function\((.+)\) found for signature:$")
_CALLED = re.compile(r"<(?:built-in )?(?:function|ufunc|class) '?([\w.]+)'?")
_EMPTY = (
    "Failed in ",
    "- Resolution failure",
    "Use of unsupported NumPy function",
    "Internal error at ",
    "No match.",
)
_NUMBER = re.compile(r"\b(?:Jet|Var|VarExpression)\((\w+)(?:, \w+)*\)")
_SYMBOLS = {"getitem": "x[i]", "setitem": "x[i] = ...", "truediv": "/", "iadd": "+=", "add": "+"}
_SYMBOLS |= {"mul": "*", "sub": "-", "pow": "**", "matmul": "@", "imul": "*=", "isub": "-="}


class Refusal(TypeError):
    """What fastad raises where no mode takes a function.

    Attributes
    ----------
    causes : tuple of Exception
        What the modes' attempts raised, Numba's messages among them.
    """

    causes = ()


class Misuse(TypeError):
    """An argument, or a result, that has no derivative in any mode."""


def developing():
    """Tell whether errors of fastad's own are to be seen: ``FASTAD_RAISE=1``."""
    return os.environ.get("FASTAD_RAISE", "") not in ("", "0")


def undifferentiated(text):
    """Return a text in which types of numbers that are differentiated are the user's again.

    Examples
    --------
    >>> undifferentiated("array(Jet(Jet(float64, 4), 4), 1d, C)")
    'array(float64, 1d, C)'
    """
    text, n = _NUMBER.subn(r"\1", str(text))
    return undifferentiated(text) if n else text


def reason(error, generated=""):
    """Return in one line why a mode does not take a function, from what it raised.

    Parameters
    ----------
    error : Exception
    generated : str
        The folder of generated files, whose lines are not the user's.
    """
    lines = [_ADDRESS.sub("", line.strip()) for line in str(error).splitlines()]
    lines = [line for line in lines if line]
    ours = [line for line in lines if _MARK in line]
    if ours:
        said = undifferentiated(ours[0].split(_MARK, 1)[1])
        return said if isinstance(error, Refusal | Misuse) else _placed(said, lines, generated)
    if len(lines) <= 1:
        return lines[0] if lines else type(error).__name__
    return _placed(_sentence(lines), lines, generated)


def _sentence(lines):
    """Return the first of Numba's sentences that says what is wrong."""
    for k, line in enumerate(lines):
        found = _NO_RULE.match(line)
        if found:
            name = _CALLED.search(found[1])
            name = name[1] if name else found[1]
            what = _SYMBOLS.get(name, name)
            types = lines[k + 1].partition("(")[2] if k + 1 < len(lines) else ""
            types = types.removesuffix(")")  # of the call alone
            types = undifferentiated(types)
            return f"{what} of ({types}) has no derivative in this mode"
    for line in lines:
        if not line.startswith(_EMPTY) and not _PLACE.match(line):
            return line.rstrip(".")
    return lines[0]


def _placed(said, lines, generated):
    """Add the innermost line of the user's files that a message of Numba's names."""
    for line in lines:
        found = _PLACE.match(line)
        if found and _is_users(found[1], generated):
            return f"line {found[2]} of {found[1]}: {said}"
    return said


def is_of_users_code(error, generated=""):
    """Tell whether an error speaks of the user's code, and not of what was generated alone."""
    lines = [line.strip() for line in str(error).splitlines()]
    places = filter(None, map(_PLACE.match, lines))
    return _MARK in str(error) or any(_is_users(found[1], generated) for found in places)


def _is_users(file, generated):
    if file.startswith("<fastad ") or (generated and file.startswith(generated)):
        return False
    return not os.path.abspath(file).startswith(_OURS)
