"""docs/optimisations.md is what the docstrings of the optimisations say.

After a change: ``python tests/fastad/source/test_optimisations_page.py``.
"""

import inspect
import re
import textwrap
from pathlib import Path

from fastad.source.optimise.pipeline import PASSES

PAGE = Path(__file__).parents[3] / "docs" / "optimisations.md"
HEAD = """# The optimisations, one by one

The adjoint that [the guide](source_transformation.md) describes keeps whatever its way back needs.
Each of these is an exception to it: a class in `fastad/source/optimise`, in the order in which they
are asked. Lines with a minus are the plain adjoint's; those with a plus come in their place.
`FASTAD_PASSES` leaves any out.

This page is made from the docstrings, whose examples run in the tests
(`python tests/fastad/source/test_optimisations_page.py`).
"""


def section(made):
    """Return the section of an optimisation: its words, its example's function, what changes."""
    said, _, examples = inspect.getdoc(type(made)).partition("\nExamples\n--------\n")
    file = Path(inspect.getfile(type(made))).name
    words = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"`\1`", said.strip()).replace("``", "`")
    code = [line[4:] for line in examples.splitlines() if line.startswith((">>> ", "... "))]
    shown = [line for line in code if not line.startswith(("import", "from", "print", "__name__"))]
    changed = [line for line in examples.splitlines() if line[:1] in "+-"]
    return "\n".join(
        [
            f"## {made.name} (`{file}`)",
            "",
            *(textwrap.fill(part, 108) + "\n" for part in words.split("\n\n")),
            "```python",
            *shown,
            "```",
            "```diff",
            *changed,
            "```",
            "",
        ]
    )


def page():
    """Return the page."""
    return "\n".join([HEAD, *map(section, PASSES)]).rstrip() + "\n"


def test_the_page_says_what_the_docstrings_say():
    assert PAGE.read_text() == page(), "run this file to write the page again"


def test_each_optimisation_says_when_it_is_legal():
    for made in PASSES:
        words = inspect.getdoc(type(made))
        assert re.search(r"^Legal\b", words, re.M), f"{made.name}: say when it is legal"
        assert "change_by(" in words, f"{made.name}: show what it changes"


if __name__ == "__main__":
    PAGE.write_text(page())
