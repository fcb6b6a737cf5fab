"""One version, of the distribution and of both packages, that a build reads without Numba."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import fastad
import fastgmm

ROOT = Path(__file__).parents[2]


def test_both_packages_have_the_version_of_the_distribution():
    assert fastad.__version__ == fastgmm.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+([a-z]+\d+)?", fastad.__version__)


def test_a_build_reads_it_without_numba():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    program = (
        "import sys\n"
        "sys.modules['numba'] = sys.modules['numpy'] = None\n"  # importing them raises
        "from setuptools.config.expand import read_attr\n"
        f"print(read_attr({settings['dynamic']['version']['attr']!r}, root_dir={str(ROOT)!r}))\n"
    )
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.anchor,
    )
    assert (out.returncode, out.stdout, out.stderr) == (0, f"{fastad.__version__}\n", "")
