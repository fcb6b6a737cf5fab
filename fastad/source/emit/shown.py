"""What an optimisation changes in a generated adjoint, to look at."""

import difflib

from numba import typeof

from .adjoint_function import Generated


def change_by(name, f, *arguments, argnums=(0,), along=False, beside="", about=""):
    """Return what an optimisation changes in a function's adjoint: lines that go, and come.

    Parameters
    ----------
    name : str
        Of the optimisation.
    f : function
    *arguments
        Of the types that the adjoint is to be generated for.
    argnums : tuple of int, default=(0,)
        By which of them f is differentiated.
    along : bool, default=False
        Whether the Hessian product is meant.
    beside : str
        Other optimisations that are made, with and without this one, with commas between.
    about : str
        Show only lines that contain one of some pieces of text, with commas between.

    Returns
    -------
    str
        Lines that begin with "-" or "+".
    """
    given, others = [typeof(a) for a in arguments], {*beside.split(",")} - {""}
    before, after = (
        Generated(f, given, argnums, along=along, passes=chosen).source.splitlines()
        for chosen in (others, others | {name})
    )
    changes = difflib.unified_diff(before, after, lineterm="", n=0)
    lines = [line for line in changes if not line.startswith(("---", "+++", "@@"))]
    words = about.split(",")
    return "\n".join(line for line in lines if line[1:].strip() and any(w in line for w in words))
