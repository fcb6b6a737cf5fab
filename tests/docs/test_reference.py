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


@pytest.fixture(scope="module")
def extensions():
    """Import from the folder of the site's own extensions."""
    sys.path.insert(0, str(DOCS / "_ext"))
    yield importlib.import_module
    sys.path.remove(str(DOCS / "_ext"))


@pytest.mark.parametrize("module", PACKAGES)
def test_every_public_name_has_a_place(module, extensions):
    if module == "fastad.interop" and importlib.util.find_spec(module) is None:
        pytest.skip("this version has no fastad.interop")
    if module == "fastgmm.spark":
        pytest.importorskip("pyspark")
    shown = extensions("api_pages").public_names()
    # What is public in two places is shown in the first; a version is no object to look up.
    twice = {"fastgmm.gradient.Prior", "fastgmm.gradient.default_prior"}
    twice |= {"fastgmm.__version__", "fastad.__version__"}
    names = {f"{module}.{name}" for name in importlib.import_module(module).__all__}
    assert names
    assert names - shown - twice == set()


def test_modules_without_a_list_show_their_functions(extensions):
    shown = extensions("api_pages").public_names()
    for name in ("plotting.plot_mixture", "files.read_table", "datasets.load_faithful"):
        assert f"fastgmm.{name}" in shown
    offered = extensions("api_pages").offered("fastgmm.datasets")
    assert offered == {"load_faithful"}


def test_the_reference_names_nothing_else(extensions):
    for name in extensions("api_pages").public_names():
        module, _, member = name.rpartition(".")
        if module not in ("fastgmm.spark", "fastad.interop"):  # these need what may be missing
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
    listed = re.findall(r"\{example\}`([\w/]+)`", (DOCS / "textbook.md").read_text("utf-8"))
    named = [f"{gallery}/{page}" for gallery, pages in order.items() for page in pages]
    assert len(named) > 40
    assert set(listed) == set(named)


@pytest.mark.parametrize("gallery", ["derivatives", "mixtures"])
def test_the_textbook_has_every_page_of_a_gallery(gallery, extensions):
    pages = {path.stem for path in (ROOT / "examples" / gallery).glob("*.py")}
    if not pages:
        pytest.skip("this version has no such gallery")
    assert pages == set(extensions("gallery_order").ORDER[gallery])
