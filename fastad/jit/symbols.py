"""Symbols of compiled code that no other process uses.

Numba names machine code by module, name, types of the arguments and a counter, which starts from
one in every process.  So two processes may give the same name to two functions: closures of one
factory, the functions of a file before and after an edit, or any generated code.  If a third
process reads both from disk, one of them runs in place of both.  Here the counter starts from a
random number of 63 bits instead, for all code that is compiled from now on.
"""

import itertools
import os
import re
import secrets

from numba.core.bytecode import FunctionIdentity

_FIRST = 1 << 63
_COUNTER = "_unique_ids"
_NUMBER = re.compile(r"B\d+v(\d+)")
_CLOSURE = "_3c"  # "<", as in <locals>, <lambda> and <dynamic>


def _begin():
    setattr(FunctionIdentity, _COUNTER, itertools.count(_FIRST + secrets.randbits(63)))


# If Numba has no such counter, symbols may not be unique, and drivers are not kept on disk.
KNOWN = hasattr(FunctionIdentity, _COUNTER)
if KNOWN:
    _begin()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_begin)


def are_unique(library):
    """Tell whether no other process gives one of a library's symbols to other code.

    A library may hold code that was compiled before this module was imported, or read from a cache
    that was written without it.  In such code, functions at the top level of a module are unique by
    their names; closures are not.
    """
    module = getattr(library, "_final_module", None)
    if not KNOWN or module is None:
        return False
    defined = [f.name for f in module.functions if not f.is_declaration]
    names = [*defined, *(v.name for v in module.global_variables)]
    for name in names:
        found = _NUMBER.search(name)
        if found and int(found[1]) < _FIRST and _CLOSURE in name[: found.start()]:
            return False
    return True
