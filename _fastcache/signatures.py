"""What tells the types of arguments apart in all processes: more than their names do.

The name of a NamedTuple's type does not say which field is first, nor an enumeration's what its
members are; and what compiled code does with a type that a user has registered with Numba is
written in functions that are hashed nowhere.
"""

import enum
import io
import re

from numba.core.serialize import NumbaPickler

_ADDRESS = re.compile("(0x|#)[0-9a-f]+")  # in the names of functions' types and of jitclasses'
_VERSIONED = {"builtins", "numba", "numpy"}  # a store's folder is for one version of these


def describe(types, package):
    """Return a text that two processes have in common for types that are the same to compiled code.

    Parameters
    ----------
    types : tuple of numba.types.Type
    package : str
        The package whose source is hashed: its types need no description.

    Returns
    -------
    str or None
        None of types that no other process has, or of which compiled code may change unseen.
    """
    names = repr([(str(t), t) for t in types])  # each says what the other leaves out
    if _ADDRESS.search(names):
        return None
    try:
        pickler = _ClassPickler(_VERSIONED | {package})
        pickler.dump(types)
    except Exception:  # of any kind: types are pickled by their authors' methods
        return None
    return None if None in pickler.classes else repr((names, sorted(pickler.classes)))


class _ClassPickler(NumbaPickler):
    """Collect the descriptions of the classes that a pickle of Numba types names."""

    def __init__(self, known):
        super().__init__(io.BytesIO(), protocol=4)
        self.known, self.classes = known, set()

    def persistent_id(self, value):
        """Describe a class, and do not look into it; look into all else."""
        if not isinstance(value, type):
            return None
        if value.__module__.partition(".")[0] not in self.known:
            self.classes.add(_describe_class(value))
        return value.__qualname__


def _describe_class(value):
    """Return the text of a class, or None: it is no other process's, or may be anything."""
    if value.__module__ == "__main__":  # pickled as it is, and another class when it is read
        return None
    if issubclass(value, tuple) and hasattr(value, "_fields"):
        content = value._fields
    elif issubclass(value, enum.Enum):
        content = [(name, member.value) for name, member in value.__members__.items()]
    else:
        return None
    text = f"{value.__module__}.{value.__qualname__}{content!r}"
    return None if _ADDRESS.search(text) else text
