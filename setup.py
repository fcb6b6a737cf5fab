"""What pyproject.toml cannot say: the package index's page is the README, with whole addresses.

Links and pictures of README.md are relative, as they should be in a clone and in a fork. The page
on the index has no files beside it, so there each is that file's of the version's tag.
"""

import re
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
REPOSITORY = "https://github.com/fastgmm/fastgmm"
PICTURES = (".png", ".svg", ".jpg", ".gif")
# A block of code, as it is; or ](target), of no whole address and no heading of the page itself.
LINK = re.compile(r"^```.*?^```$|\]\((?!\w+:|#)([^)\s]+)\)", re.MULTILINE | re.DOTALL)


def whole_addresses(text, version):
    """Return Markdown whose relative links are those of the repository at a version's tag."""

    def whole(match):
        if match[1] is None:
            return match[0]
        kind = "raw" if match[1].endswith(PICTURES) else "blob"
        return f"]({REPOSITORY}/{kind}/v{version}/{match[1]})"

    return LINK.sub(whole, text)


def _version():
    text = (HERE / "fastgmm" / "_version.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)[1]


if __name__ == "__main__":
    setup(
        long_description=whole_addresses((HERE / "README.md").read_text("utf-8"), _version()),
        long_description_content_type="text/markdown",
    )
