"""What a release must be before it leaves: `.github/workflows/release.yml` runs these.

``python tools/release.py check v0.2.0``: the tag is the version, which CITATION.cff has too, and
CHANGELOG.md begins with its section. ``... notes v0.2.0`` prints the section.
``... contents dist``: the sdist in the folder holds what git holds, the wheel the packages alone.
"""

import argparse
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("_fastcache", "fastad", "fastgmm")
# What setuptools adds to an sdist.
MADE = re.compile(r"PKG-INFO|setup\.cfg|fastgmm\.egg-info/.+")


def version(root=ROOT):
    """Return the version that both packages have, without importing them."""
    return _found(r'^__version__ = "(.+)"$', root / "_fastcache" / "version.py")


def cited_version(root=ROOT):
    """Return the version that CITATION.cff tells to cite."""
    return _found(r"^version: (\S+)$", root / "CITATION.cff")


def _found(pattern, path):
    match = re.search(pattern, path.read_text("utf-8"), re.MULTILINE)
    if match is None:
        raise SystemExit(f"{path.name} has no line like {pattern}")
    return match[1]


def sections(changelog):
    """Return ``[(heading, text)]`` of a changelog, the newest first, without the empty ones."""
    parts = re.split(r"^## (.+)$", changelog, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [(heading.strip(), text.strip()) for heading, text in pairs if text.strip()]


def notes(tag, root=ROOT):
    """Return the changelog's section of a tag: the newest one, that must bear its version."""
    found = sections((root / "CHANGELOG.md").read_text("utf-8"))
    heading, text = found[0] if found else ("nothing", "")
    named = re.fullmatch(rf"{re.escape(tag[1:])}(?![\w.]).*", heading)
    if not named or "unreleased" in heading.lower():
        raise SystemExit(
            f"CHANGELOG.md must begin with a section `## {tag[1:]} (the day)` that says what is "
            f"new; it begins with `## {heading}`"
        )
    return text


def check(tag, root=ROOT):
    """Raise SystemExit, saying what is to be done, where a tag cannot be released."""
    ours, cited = version(root), cited_version(root)
    if tag != f"v{ours}":
        raise SystemExit(f"the tag is {tag}, but _fastcache/version.py says {ours}: tag v{ours}")
    if cited != ours:
        raise SystemExit(f"CITATION.cff says {cited}, _fastcache/version.py {ours}: write {ours}")
    notes(tag, root)


def in_git(root=ROOT):
    """Return the paths that git knows in a clone: a set."""
    out = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    return {path for path in out.split("\0") if path}


def in_sdist(path):
    """Return the paths of the files in an sdist, but for those that setuptools made: a set."""
    with tarfile.open(path) as archive:
        names = [member.name.partition("/")[2] for member in archive if member.isfile()]
    return {name for name in names if not MADE.fullmatch(name)}


def in_wheel(path):
    """Return the paths of the files in a wheel, without its metadata: a set."""
    with zipfile.ZipFile(path) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def contents(sdist, wheel, tracked):
    """Return lines that say what is in an sdist and a wheel and should not be, or is missing.

    Parameters
    ----------
    sdist, wheel, tracked : set of str
        Paths: in the sdist, in the wheel, and those that git knows.

    Returns
    -------
    list of str
        Empty where all is well.
    """
    packaged = {
        path
        for path in tracked
        if path.partition("/")[0] in PACKAGES and Path(path).suffix != ".md"
    }
    pairs = [("the sdist", sdist, tracked), ("the wheel", wheel, packaged)]
    return [
        f"{name} {verb} {path}"
        for name, there, wanted in pairs
        for verb, paths in (("lacks", wanted - there), ("must not hold", there - wanted))
        for path in sorted(paths)
    ]


def _contents(folder):
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    lines = contents(in_sdist(sdist), in_wheel(wheel), in_git())
    if lines:
        raise SystemExit("\n".join(lines))


def main(arguments=None):
    """Run a command; end with a message and status 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python tools/release.py", description=__doc__)
    parser.add_argument("command", choices=["check", "notes", "contents"])
    parser.add_argument("what", help="the tag, v0.2.0, or the folder of the sdist and the wheel")
    options = parser.parse_args(arguments)
    if options.command == "contents":
        _contents(Path(options.what))
    elif options.command == "check":
        check(options.what)
    else:
        print(notes(options.what))


if __name__ == "__main__":
    sys.exit(main())
