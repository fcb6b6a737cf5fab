"""The documentation site: ``python -m sphinx -W --keep-going -j 2 docs docs/_build/html``."""

import importlib.util
import os
import sys
import tomllib
from pathlib import Path

# Pages run side by side. Threads of BLAS that wait for each other's turns cost some pages of small
# matrices ten seconds and more; the variable is read when NumPy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

import api_pages  # noqa: E402  (the path comes first)

from fastgmm import __version__  # noqa: E402

project = "fastgmm"
author = "The fastgmm developers"
copyright = f"2026, {author}"
version = release = __version__
GALLERIES = [
    name for name in ("derivatives", "mixtures") if (DOCS.parent / "examples" / name).is_dir()
]
URLS = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))["project"]["urls"]

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "api_pages",
    "mathml",
    "site_parts",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "**/GALLERY_HEADER.rst"]
exclude_patterns += ["sg_execution_times.rst", "**/sg_execution_times.rst"]
default_role = "py:obj"

# Markdown: headings of three levels may be linked to, as they may be on GitHub.
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

toc_object_entries_show_parents = "hide"
autosummary_generate = api_pages.files(DOCS)
# Large, and needed only when what is documented here is called.
LARGE = ("pyspark", "jax", "torch", "pytensor")
autodoc_mock_imports = [name for name in LARGE if importlib.util.find_spec(name) is None]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": [f"../examples/{name}" for name in GALLERIES],
    "gallery_dirs": [f"gallery/{name}" for name in GALLERIES],
    "within_subsection_order": "gallery_order.CourseOrder",
    "filename_pattern": "/",
    "abort_on_example_error": True,
    "capture_repr": ("_repr_html_", "__repr__"),
    "image_scrapers": ("matplotlib",),
    "doc_module": ("fastad", "fastgmm"),
    "backreferences_dir": "gallery/backreferences",
    "parallel": True,
    "show_memory": False,
    "write_computation_times": False,  # its page would fetch scripts from elsewhere
    "download_all_examples": False,
    "remove_config_comments": True,
}

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "fastgmm and fastad"
html_logo = html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_baseurl = URLS["Documentation"]
html_copy_source = html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "fastgmm"},
    "github_url": URLS["Repository"],
    "header_links_before_dropdown": 7,
    "navbar_persistent": ["search-button"],
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version", "theme-version"],
}


def skip_member(app, what, name, obj, skip, options):
    """Leave out what scikit-learn's base class gives each estimator for its metadata routing."""
    return True if name.endswith("_request") or name == "get_metadata_routing" else skip


def without_galleries(app, docname, content):
    """Leave the galleries out of a page where the repository has none."""
    if docname == "examples" and not GALLERIES:
        content[0] = content[0].replace("gallery/*/index\n", "")


def setup(app):
    """Register with Sphinx."""
    app.connect("source-read", without_galleries)
    app.connect("autodoc-skip-member", skip_member)
