"""Which results of a function have derivatives: floats, by their Numba types."""

from numba.core import types

from ..numbers.jet import JetType
from ..refusals import Misuse, undifferentiated
from ..tape.types import is_recorded


def holds_floats(t):
    """Tell whether a result of a Numba type is, or holds, a float."""
    if isinstance(t, types.BaseTuple):
        return any(map(holds_floats, t))
    item = t.dtype if isinstance(t, types.Array | types.List | types.ListType) else t
    return isinstance(item, types.Float | JetType) or is_recorded(item)


def refuse_no_float(result, function):
    """Raise where the result of a function, described for messages, holds no float."""
    if holds_floats(result):
        return
    result = types.unliteral(result)
    if isinstance(result, types.BaseTuple):
        result = types.Tuple([types.unliteral(t) for t in result])
    if isinstance(result, types.NoneType):
        raise Misuse(
            f"fastad: {function} returns nothing; return what is to be differentiated, also where "
            "it is an array that was passed in"
        )
    hint = "return floats"
    if isinstance(result, types.Integer | types.Boolean):
        hint = "return a float (1.0 * what it returns now) if its derivative is meant to be zero"
    elif isinstance(result, types.Array) and not isinstance(result.dtype, types.Complex):
        hint = "return floats (.astype(np.float64)) if their derivatives are meant to be zero"
    elif isinstance(getattr(result, "dtype", result), types.Complex):
        hint = "return real and imaginary parts as floats"
    raise Misuse(f"fastad: {function} returns {result}, which holds no float; {hint}")


def refuse_no_scalar(result, function):
    """Raise where the result of a function, described for messages, is no one float."""
    refuse_no_float(result, function)
    if not (isinstance(result, types.Float | JetType) or is_recorded(result)):
        raise Misuse(
            f"fastad: {function} returns {undifferentiated(result)}; grad and hessian need a "
            "function that returns one float: use jacobian, or return a sum"
        )


def refuse_tuple_of_arrays(result):
    """Raise where a Jacobian is asked for of a tuple that holds arrays or tuples."""
    if any(isinstance(t, types.Array | types.BaseTuple) for t in result):
        raise Misuse(
            "fastad: a Jacobian is of a number, an array or a tuple of numbers, not of a tuple "
            "of arrays; return one array (np.hstack), or use jvp or vjp"
        )
