"""Python source in colours, by the tokens of the standard library."""

import io
import keyword
import tokenize
from html import escape

FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"
INK, GREY = "#1f2328", "#57606a"
TANGENT, ADJOINT = "#0072b2", "#b34700"  # as in the graphs
_KEYWORD, _NUMBER, _TEXT, _COMMENT = "#6639ba", "#116329", "#0a5c36", "#57606a"


def coloured(source, generated=False):
    """Return Python source as HTML, with colours.

    Parameters
    ----------
    source : str
        Of functions; what is no Python is shown without colours.
    generated : bool
        Whether fastad wrote it: then tangents and adjoints have colours, too, whose names
        end in ``_dot`` and in ``_bar`` or ``_seed``.

    Examples
    --------
    >>> coloured("x = 1")
    'x = <span style="color:#116329">1</span>'
    """
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return escape(source)
    parts, at = [], 0
    for token in tokens:
        colour = _colour(token, generated)
        if colour is None:
            continue
        begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
        parts += [escape(source[at:begin]), _span(colour, source[begin:end])]
        at = end
    return "".join([*parts, escape(source[at:])])


def _span(colour, text):
    return f'<span style="color:{colour}">{escape(text)}</span>'


def _colour(token, generated):
    """Return the colour of a token, or None."""
    by_kind = {tokenize.NUMBER: _NUMBER, tokenize.STRING: _TEXT, tokenize.COMMENT: _COMMENT}
    if token.type != tokenize.NAME:
        return by_kind.get(token.type)
    if keyword.iskeyword(token.string):
        return _KEYWORD
    if generated and token.string.endswith("_dot"):
        return TANGENT
    if generated and token.string.endswith(("_bar", "_seed")):
        return ADJOINT
    return None
