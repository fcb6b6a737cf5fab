"""Parts of pages that are made from the package itself: nothing in them is typed by hand."""

import importlib
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx import addnodes

from fastad.rules.functions import FUNCTIONS
from fastad.rules.table import RULES

EXAMPLES = Path(__file__).parents[2] / "examples"


class CommandHelp(Directive):
    """Show the help of each command of a parser: ``package.module:function``."""

    required_arguments = 1

    def run(self):
        """Return a section for each command."""
        module, function = self.arguments[0].split(":")
        parser = getattr(importlib.import_module(module), function)()
        (commands,) = (a for a in parser._actions if hasattr(a, "choices") and a.choices)
        found = []
        for name, command in commands.choices.items():
            section = nodes.section(ids=[f"command-{name}"])
            section += nodes.title(text=name)
            section += nodes.literal_block(text=command.format_help(), language="text")
            found.append(section)
        return found


class RuleTable(Directive):
    """Show the functions of fastad's rule table: name, value, partial derivatives."""

    def run(self):
        """Return the table; each name can be linked to as an object of Python."""
        environment = self.state.document.settings.env
        domain = environment.domains["py"]
        rules = {rule.name: rule for rule in RULES}
        lines = [".. list-table::", "   :header-rows: 1", ""]
        lines += ["   * - function", "     - value", "     - partial derivatives"]
        for name in sorted(FUNCTIONS):
            rule = rules[name]
            arguments = "xy"[: rule.arity]
            partials = [
                f"by {argument}: ``{partial}``"
                for argument, partial in zip(arguments, rule.partials, strict=True)
                if partial is not None
            ]
            lines.append(f"   * - .. _fastad.{name}:")
            lines += ["", f"       ``fastad.{name}({', '.join(arguments)})``"]
            lines += [f"     - ``{rule.primal}``", f"     - {'; '.join(partials)}"]
            identifier = nodes.make_id(f"fastad.{name}")
            domain.note_object(f"fastad.{name}", "function", identifier, location=None)
        container = nodes.container(classes=["rule-table"])
        self.state.nested_parse(StringList(lines, "rule-table"), 0, container)
        return [container]


def example_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Link to a page of the galleries by its file's name: ``derivatives/dual_numbers``.

    What is not there (a build of a part of the repository) is shown as its name.
    """
    if not (EXAMPLES / f"{text}.py").exists():
        return [nodes.literal(rawtext, text)], []
    reference = addnodes.pending_xref(
        rawtext,
        nodes.inline(rawtext, text),
        refdoc=inliner.document.settings.env.docname,
        refdomain="std",
        reftype="doc",
        refexplicit=False,
        refwarn=True,
        reftarget=f"/gallery/{text}",
    )
    return [reference], []


def setup(app):
    """Register with Sphinx."""
    app.add_directive("command-help", CommandHelp)
    app.add_directive("rule-table", RuleTable)
    app.add_role("example", example_role)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
