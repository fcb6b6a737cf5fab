"""Environments in folders of their own: copied, edited, read-only, written by two at once."""

import contextlib
import os
import shutil
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HELPER = """
from .compiled import cached_njit

@cached_njit()
def scaled(x):
    return {factor} * x
"""
CALLER = """
from .compiled import cached_njit
from .helper import scaled

@cached_njit()
def total(x):
    return scaled(x[0]) + scaled(x[1])
"""
PROGRAM = """
import sys
import warnings
warnings.simplefilter("error")
import numpy as np
from fastgmm.simd.caller import total
print(total(np.array([1.0, 2.0])), *(sum(c.values()) for c in total.stats[1:]))
"""
# Nothing can be written, whoever runs this: root may write to a folder that is read-only.
READ_ONLY = """
import pathlib
def refuse(*_, **__):
    raise OSError(30, "Read-only file system")
pathlib.Path.write_bytes = refuse
"""


class Environment:
    """The packages in a folder, with two functions more, of which one calls the other."""

    def __init__(self, folder):
        self.folder = folder

    @classmethod
    def new(cls, folder):
        ignored = shutil.ignore_patterns("__pycache__")
        for package in ("_fastcache", "fastgmm", "fastad"):
            shutil.copytree(ROOT / package, folder / package, ignore=ignored)
        (folder / "fastgmm" / "__init__.py").write_text("")  # which takes a second to import
        (folder / "fastgmm" / "simd" / "caller.py").write_text(CALLER)
        return cls(folder).edited(3.0)

    def edited(self, factor):
        (self.folder / "fastgmm" / "simd" / "helper.py").write_text(HELPER.format(factor=factor))
        return self

    def copied(self, folder):
        """Copy it, compiled code and all, and change the time of each file."""
        shutil.copytree(self.folder, folder)
        for path in folder.rglob("*"):
            os.utime(path, (1e9, 1e9))
        return Environment(folder)

    def start(self, program=PROGRAM, **variables):
        home = self.folder.parent / "home"
        environment = os.environ | {
            "PYTHONPATH": str(self.folder),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for name in ("NUMBA_CACHE_DIR", "FASTAD_CACHE_DIR"):
            environment.pop(name, None)
        return subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment | variables,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, program=PROGRAM, **variables):
        return _said(self.start(program, **variables))

    def entries(self):
        return sorted((self.folder / "__pycache__").rglob("*.nbc"))


def _said(process):
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    assert error == ""
    return out.split()


COLD, WARM = ["9.0", "0", "1"], ["9.0", "1", "0"]  # the value; hits and misses


@pytest.fixture
def first(tmp_path):
    return Environment.new(tmp_path / "first")


def test_a_copied_environment_stays_warm_and_an_edited_helper_does_not(first, tmp_path):
    assert first.run() == COLD
    entries = [(path.name, path.read_bytes()) for path in first.entries()]
    assert len(entries) == 2
    second = first.copied(tmp_path / "elsewhere" / "second")
    shutil.rmtree(first.folder)
    assert second.run() == WARM
    assert [(path.name, path.read_bytes()) for path in second.entries()] == entries
    assert not (tmp_path / "elsewhere" / "home").exists()
    # The caller's own file is as it was; Numba's cache would go on with 3.0.
    assert second.edited(5.0).run() == ["15.0", "0", "1"]
    assert second.edited(3.0).run() == WARM


def test_a_read_only_cache_is_read_and_another_place_is_written(first):
    assert first.run() == COLD
    assert first.run(READ_ONLY + PROGRAM) == WARM
    first.edited(5.0)
    assert first.run(READ_ONLY + PROGRAM) == ["15.0", "0", "1"]  # and no warning
    # Where the package's own folder cannot be written the user's is.
    folder = first.folder / "__pycache__"
    shutil.rmtree(folder)
    folder.write_text("a file in the place of a folder")
    assert first.run() == ["15.0", "0", "1"]
    assert first.run() == ["15.0", "1", "0"]
    assert len(list((first.folder.parent / "home").rglob("*.nbc"))) == 2


def test_what_an_uninstall_leaves_hides_no_editable_installation(first):
    installed = [path for path in first.folder.rglob("*") if path.is_file()]
    assert first.run() == COLD
    for path in installed:
        path.unlink()
    for path in sorted(first.folder.rglob("*/"), reverse=True):
        with contextlib.suppress(OSError):  # there is something in it
            path.rmdir()
    assert len(first.entries()) == 2
    for package in ("_fastcache", "fastgmm", "fastad"):
        assert PathFinder.find_spec(package, [str(first.folder)]) is None


def test_two_processes_that_write_at_once_do_no_harm(first):
    running = [first.start() for _ in range(2)]
    for process in running:
        assert _said(process)[0] == "9.0"
    assert first.run() == WARM
    assert not list(first.folder.rglob("*.tmp"))


OWN = """
import numpy as np

SCALE = 2.0

def loss(x):
    return SCALE * np.sum(x * x)
"""
DERIVED = """
import numpy as np
import fastad
import own
g = fastad.grad(own.loss)
print(*g(np.ones(2)), *(sum(c.values()) for c in g.stats[1:]))
"""


def test_a_users_derivative_stays_warm_where_fastad_and_the_function_are_copied(first, tmp_path):
    (first.folder / "own.py").write_text(OWN)
    cache = {"FASTAD_CACHE_DIR": str(tmp_path / "cache")}
    assert first.run(DERIVED, **cache) == ["4.0", "4.0", "0", "1"]
    second = first.copied(tmp_path / "elsewhere" / "second")
    shutil.rmtree(first.folder)
    files = sorted((tmp_path / "cache").rglob("*"))
    assert second.run(DERIVED, **cache) == ["4.0", "4.0", "1", "0"]
    assert sorted((tmp_path / "cache").rglob("*")) == files
    (second.folder / "own.py").write_text(OWN.replace("2.0", "3.0"))
    assert second.run(DERIVED, **cache) == ["6.0", "6.0", "0", "1"]
    # What is on disk holds for what fastad is: of another version there is nothing.
    table = second.folder / "fastad" / "rules" / "table.py"
    table.write_text(table.read_text() + "\n")
    assert second.run(READ_ONLY + DERIVED, **cache) == ["6.0", "6.0", "0", "1"]
