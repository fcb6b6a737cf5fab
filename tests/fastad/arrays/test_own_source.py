"""Source that is read again: it is what was imported, or nothing."""

import ast
import importlib.util

import pytest

from fastad.arrays.forms import FORMS
from fastad.arrays.own_source import own_tree
from fastad.refusals import Refusal

TEXT = """
import math


def first(x):
    return math.exp(x)


def second(x):
    return 2 * x
"""


def test_a_file_that_was_edited_since_it_was_imported_is_not_read(tmp_path):
    path = tmp_path / "imported.py"
    path.write_text(TEXT)
    spec = importlib.util.spec_from_file_location("imported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert ast.unparse(own_tree(module.second)) == "def second(x):\n    return 2 * x"
    for edited in (TEXT.replace("2 * x", "300 * x"), "def more():\n    pass\n\n\n" + TEXT, "x ="):
        path.write_text(edited)
        with pytest.raises(Refusal, match=r"imported\.py is not what was imported: .* start it"):
            own_tree(module.second)
    path.unlink()
    with pytest.raises(Refusal, match="not what was imported"):
        own_tree(module.second)


def test_every_form_is_found_in_its_file():
    for forms in FORMS.values():
        for form, _ in forms:
            assert own_tree(form).body[0].name == form.__name__
