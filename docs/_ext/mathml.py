"""Formulas as MathML, which browsers set by themselves: no script, and none from elsewhere."""

import re

from docutils import nodes
from docutils.utils.math import pick_math_environment
from docutils.utils.math.latex2mathml import tex2mathml

# What docutils does not know of LaTeX, in words that it knows.
WORDS = (
    (r"\\dots\b", r"\\ldots"),
    (r"\\([Bb]igg?)(?=[(\[])", r"\\\1l"),
    (r"\\([Bb]igg?)(?=[)\]])", r"\\\1r"),
    (r"\\[Bb]igg?\|", r"\\vert "),
    (r"\\texttt\b", r"\\mathtt"),
    (r"\\mathrel\{(.)\}=", r"{\1}="),
    # An accent's index would stand below it.
    (
        r"(\\(?:dot|ddot|bar|hat|tilde|vec)\s*(?:\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]))(?=\s*[_^])",
        r"{\1}{}",
    ),
)


def mathml(text, as_block=False):
    """Return LaTeX as MathML."""
    for pattern, replacement in WORDS:
        text = re.sub(pattern, replacement, text)
    return tex2mathml(text, as_block=as_block)


def inline(self, node):
    """Write a formula within a line."""
    self.body.append(f'<span class="math">{mathml(node.astext())}</span>')
    raise nodes.SkipNode


def block(self, node):
    """Write a formula in lines of its own; where it has several, aligned."""
    text = node.astext().strip()
    if pick_math_environment(text) == "align*" and r"\begin{" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    self.body.append(f'<div class="math">{mathml(text, as_block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
