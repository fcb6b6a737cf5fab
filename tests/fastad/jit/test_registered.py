"""What a user has registered with Numba is part of what a function computes."""

import numba
import numpy as np
import pytest
from numba.core import types
from numba.extending import (
    lower_builtin,
    overload,
    overload_attribute,
    type_callable,
)

import fastad
from fastad.jit.fingerprint import fingerprint

METHOD = """
from numba.core import types
from numba.extending import overload_method

@overload_method(types.Array, "first_scaled_of_{name}")
def implementation(a):
    return lambda a: {factor} * a[0]

def loss(x, a):
    return x * x * a.first_scaled_of_{name}()
"""


def imported(folder, name, factor):
    """Import a module whose method has this factor, under a name of its file's own."""
    (folder / "registering.py").write_text(METHOD.format(name=name, factor=factor))
    scope = {"__name__": "registering"}
    path = str(folder / "registering.py")
    exec(compile((folder / "registering.py").read_text(), path, "exec"), scope)
    return scope["loss"]


def test_methods_of_arrays_count(tmp_path):
    """Of one text, but for the factor, which no function names that is differentiated."""
    numba.njit(lambda x: x)(1.0)  # so that what is registered from now on is news to Numba
    loss = imported(tmp_path, "arrays", 2.0)
    before = fingerprint(loss)
    assert fingerprint(loss) == before
    assert before is not None
    assert fastad.grad(loss)(1.0, np.ones(2)) == 4.0
    imported(tmp_path, "arrays", 5.0)
    assert fingerprint(loss) not in (before, None)


def test_attributes_and_builtins_count():
    def by_attribute(x, a):
        return x * a.of_registered

    def by_builtin(x, a):
        return x * hash(a)

    before = [fingerprint(f) for f in (by_attribute, by_builtin)]

    @overload_attribute(types.Array, "of_registered")
    def registered(a):
        return lambda a: 2.0 * a[0]

    @overload(hash)
    def registered_hash(a):
        if isinstance(a, types.Array):
            return lambda a: 3
        return None

    after = [fingerprint(f) for f in (by_attribute, by_builtin)]
    assert None not in before + after
    assert before[0] != after[0]
    assert before[1] != after[1]


def in_instructions(x):
    """The same number; what compiled code runs is below, and not in Python."""
    return x


@type_callable(in_instructions)
def type_of_in_instructions(context):
    return lambda x: types.float64


@lower_builtin(in_instructions, types.float64)
def lower_in_instructions(context, builder, signature, arguments):
    return builder.fadd(*arguments, *arguments)


@pytest.mark.parametrize("f", [in_instructions, lambda x: x * in_instructions(x)])
def test_what_is_written_in_instructions_has_no_fingerprint(f):
    assert fingerprint(f) is None
