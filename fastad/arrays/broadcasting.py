"""The source of loops over all items of arrays that broadcast against each other."""

from numba.core import types

from ..rules.codegen import indented


def items_of(given, ndim):
    """Return the source that reads each array's item at the indices ``i0, i1, ...`` of a result.

    Parameters
    ----------
    given : dict of str to numba type
        Name -> type of the arrays and numbers.
    ndim : int
        Number of axes of the result.

    Returns
    -------
    steps : list of str
        Lines that set the step of each axis of an array: 0 if its extent is 1, else 1.
    items : dict of str to str
        Name -> the source of the item; for a number the name itself.

    Examples
    --------
    >>> items_of({"x": types.float64[:], "y": types.float64}, 2)
    (['x_0 = 0 if x.shape[0] == 1 else 1'], {'x': 'x[i1 * x_0]', 'y': 'y'})
    """
    steps, items = [], {}
    for name, t in given.items():
        if not isinstance(t, types.Array):
            items[name] = name
            continue
        axes = range(t.ndim)
        steps += [f"{name}_{axis} = 0 if {name}.shape[{axis}] == 1 else 1" for axis in axes]
        index = ", ".join(f"i{ndim - t.ndim + axis} * {name}_{axis}" for axis in axes)
        items[name] = f"{name}[{index}]"
    return steps, items


def over_all(name, ndim, body):
    """Return the lines of nested loops, with indices ``i0, i1, ...``, over an array's items."""
    for axis in reversed(range(ndim)):
        body = [f"for i{axis} in range({name}.shape[{axis}]):", *indented(body)]
    return body
