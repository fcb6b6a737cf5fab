"""The package imports no tool; what is missing is named with its extra."""

import subprocess
import sys

import pytest

import fastad.interop

PROGRAM = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("jax", "torch", "pytensor", "iminuit"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import fastad.interop

assert not {"jax", "torch", "pytensor", "iminuit"} & set(sys.modules)
for name in ("jax", "torch", "pytensor"):
    try:
        getattr(fastad.interop, "to_" + name)
    except ImportError as error:
        print(error)
"""


def test_tools_that_are_missing_are_named_with_their_extra():
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert said.stderr == ""
    lines = said.stdout.splitlines()
    for line, name in zip(lines, ("jax", "torch", "pytensor"), strict=True):
        assert f"to_{name} needs" in line
        assert f"pip install 'fastgmm[{name}]'" in line


def test_the_front_page_has_all_bridges():
    assert set(fastad.interop.__all__) <= set(dir(fastad.interop))
    with pytest.raises(AttributeError, match="no attribute 'to_matlab'"):
        fastad.interop.to_matlab  # noqa: B018
