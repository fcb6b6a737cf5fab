"""The reference has each public name, and the textbook each page of the galleries."""

import importlib
import re
import sys
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BUILT = DOCS / "_build" / "html"
PACKAGES = ("fastad", "fastgmm", "fastad.testing", "fastad.interop", "fastgmm.gradient")
PACKAGES += ("fastgmm.dask", "fastgmm.spark")
# Of these every function that is defined in them is public.
MODULES = ("fastgmm.plotting", "fastgmm.datasets", "fastgmm.files", "fastgmm.onnx")


@pytest.fixture(scope="module")
def extensions():
    """Import from the folder of the site's own extensions."""
    sys.path.insert(0, str(DOCS / "_ext"))
    yield importlib.import_module
    sys.path.remove(str(DOCS / "_ext"))


def public(module):
    """Return the full names of what a module offers."""
    if module in MODULES:
        package = importlib.import_module(module)
        names = [n for n in vars(package) if not n.startswith("_")]
        own = [n for n in names if getattr(getattr(package, n), "__module__", "") == module]
        return {f"{module}.{n}" for n in own}
    return {f"{module}.{n}" for n in importlib.import_module(module).__all__}


@pytest.mark.parametrize("module", [*PACKAGES, *MODULES])
def test_every_public_name_has_a_place(module, extensions):
    if module == "fastad.interop" and importlib.util.find_spec(module) is None:
        pytest.skip("this version has no fastad.interop")
    if module == "fastgmm.spark":
        pytest.importorskip("pyspark")
    if module == "fastgmm.dask":
        pytest.importorskip("dask")
    shown = extensions("api_pages").public_names()
    # What is public in two places is shown in the first; a version is no object to look up.
    twice = {"fastgmm.gradient.Prior", "fastgmm.gradient.default_prior", "fastgmm.__version__"}
    names = public(module)
    assert names
    assert names - shown - twice == set()


def test_the_reference_names_nothing_else(extensions):
    for name in extensions("api_pages").public_names():
        module, _, member = name.rpartition(".")
        if module == "fastgmm.spark":
            continue
        assert hasattr(importlib.import_module(module), member), name


def test_every_public_name_has_a_page_in_the_site_that_was_built(extensions):
    if not (BUILT / "objects.inv").exists():
        pytest.skip("the site is not built: python -m sphinx docs docs/_build/html")
    data = (BUILT / "objects.inv").read_bytes()
    lines = zlib.decompress(data.split(b"zlib.\n", 1)[1]).decode().splitlines()
    objects = {line.split(" ")[0] for line in lines if " py:" in line}
    assert extensions("api_pages").public_names() - objects == set()


def test_the_order_and_the_textbook_name_the_same_pages(extensions):
    order = extensions("gallery_order").ORDER
    listed = re.findall(r"\{example\}`([\w/]+)`", (DOCS / "textbook.md").read_text())
    named = [f"{gallery}/{page}" for gallery, pages in order.items() for page in pages]
    assert len(named) > 40
    assert set(listed) == set(named)


@pytest.mark.parametrize("gallery", ["derivatives", "mixtures"])
def test_the_textbook_has_every_page_of_a_gallery(gallery, extensions):
    pages = {path.stem for path in (ROOT / "examples" / gallery).glob("*.py")}
    if not pages:
        pytest.skip("this version has no such gallery")
    assert pages == set(extensions("gallery_order").ORDER[gallery])
