"""An sdist and a wheel, built as a release builds them: what is in them, and what is not."""

import email
import importlib.metadata
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools import release

ROOT = Path(__file__).parents[2]
# What builds, runs and editors leave in a clone, and in nobody's sdist.
LEFT = (
    *("fastgmm/__pycache__/mixture.cpython-311.pyc", "__pycache__/fastgmm/x-0123/entry.nbc"),
    *("tests/__pycache__/conftest.cpython-311.pyc", "fastad/rules/__pycache__/f.nbi"),
    *("docs/_build/html/index.html", "docs/gallery/mixtures/plot.rst", "docs/api/index.rst"),
    *(".asv/results/machine/one.json", "tests/.hypothesis/examples/a/b", ".venv/pyvenv.cfg"),
    *("faithful.png", "build/lib/fastgmm/old.py", "examples/.ipynb_checkpoints/one.ipynb"),
)


def _setuptools():
    try:
        return int(importlib.metadata.version("setuptools").split(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return 0


def _tracked():
    try:
        paths = release.in_git()
    except (OSError, subprocess.CalledProcessError):
        paths = set()
    if "pyproject.toml" not in paths:
        pytest.skip("not a clone: nothing says what an sdist should hold")
    return {path for path in paths if (ROOT / path).is_file()}


def _build(kind, source, out):
    """Build by the backend that is installed: without a network, and without an environment."""
    call = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(out)!r}))"
    done = subprocess.run([sys.executable, "-c", call], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the sdist, the wheel that is built from it, and what git knows."""
    tracked = _tracked()
    if _setuptools() < 77:
        pytest.skip("setuptools 77 or later is not installed")
    folder = tmp_path_factory.mktemp("clone")
    for path in tracked:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / path).read_bytes())
    for path in LEFT:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("left")
    out = tmp_path_factory.mktemp("dist")
    sdist = _build("sdist", folder, out)
    with tarfile.open(sdist) as archive:
        archive.extractall(out, filter="data")
    wheel = _build("wheel", out / sdist.name.removesuffix(".tar.gz"), out)
    return sdist, wheel, tracked


def test_the_sdist_holds_what_git_holds_and_the_wheel_the_packages(built):
    sdist, wheel, tracked = built
    there, installed = release.in_sdist(sdist), release.in_wheel(wheel)
    assert release.contents(there, installed, tracked) == []
    for path in ("tests/conftest.py", "benchmarks/baseline.json", "docs/testing.md", "LICENSE"):
        assert path in there


def test_the_index_page_is_the_readme(built):
    # Whose links are whole addresses: tests/docs/test_links.py.
    _, wheel, _ = built
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("/METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = metadata.get_payload(decode=True).decode().replace("\r\n", "\n")
    assert text.strip() == (ROOT / "README.md").read_text("utf-8").strip()


def test_what_is_missing_or_too_much_is_said():
    tracked = {"fastad/a.py", "fastgmm/data/x.csv", "tests/a.py"}
    wheel = {"fastad/a.py", "fastgmm/data/x.csv"}
    assert release.contents(tracked, wheel, tracked) == []
    assert release.contents(tracked - {"tests/a.py"}, wheel, tracked) == [
        "the sdist lacks tests/a.py"
    ]
    assert release.contents(tracked, wheel | {"tests/a.py"}, tracked) == [
        "the wheel must not hold tests/a.py"
    ]
    assert release.contents(tracked, wheel - {"fastgmm/data/x.csv"}, tracked) == [
        "the wheel lacks fastgmm/data/x.csv"
    ]
