"""The pages of the mixtures gallery: each is whole, and (slow) runs alone without a warning."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "mixtures"
PAGES = sorted(FOLDER.glob("*.py"))
# Runs a page, writes each picture that it shows, and says how many there were.
RUN = """
import sys
import matplotlib
matplotlib.use("Agg")
from matplotlib import pyplot
pictures = 0
def show():
    global pictures
    for number in pyplot.get_fignums():
        pyplot.figure(number).savefig(sys.argv[2])
        pictures += 1
    pyplot.close("all")
pyplot.show = show
import runpy
runpy.run_path(sys.argv[1], run_name="__main__")
assert not pyplot.get_fignums(), "a picture after the last show()"
print("pictures", pictures)
"""


def test_there_are_pages():
    assert len(PAGES) >= 20
    assert (FOLDER / "GALLERY_HEADER.rst").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_is_whole(page):
    text = page.read_text(encoding="utf-8")
    title, line, blank = ast.get_docstring(ast.parse(text)).splitlines()[:3]
    assert len(title) <= len(line)
    assert set(line) == {"="}
    assert not blank
    assert "math:" in text
    assert "\n# References\n# ----------\n" in text
    assert "from fastgmm" in text
    checks = ("assert ", "assert_allclose")  # what a page claims, it computes
    assert any(check in text for check in checks)
    assert text.count("plt.show()") >= 1
    assert text.count("plt.subplots(") == text.count("plt.show()")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_runs_alone(page, tmp_path):
    root = os.pathsep.join(filter(None, [str(FOLDER.parents[1]), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, str(page), str(tmp_path / "picture.png")],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": root},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pictures = int(done.stdout.split()[-1])
    assert pictures == page.read_text(encoding="utf-8").count("plt.show()")
