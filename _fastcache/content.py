"""What a package's compiled code is made from."""

import functools
import hashlib
import sys


def source_hash(root, without=()):
    """Return a hash of a package's source: of its files' contents and of their places in it.

    Parameters
    ----------
    root : Path
        The package's folder.
    without : collection of str
        Folders and files in it of which no compiled function is made.

    Returns
    -------
    str or None
        None where there are no source files, as in a zip archive, or one cannot be read: it is
        being replaced. Of an application by PyInstaller the executable stands for them, which holds
        what is imported.
    """
    try:
        files = _source_files(root, without)
        return _files_hash(root, files) if files else _application_hash()
    except OSError:
        return None


def _source_files(root, without):
    """Return the files that can be imported: no editor's, as ``.#name.py``."""
    files = (p for p in sorted(root.rglob("*.py")) if p.stem.isidentifier())
    return [p for p in files if p.relative_to(root).parts[0] not in without]


def _files_hash(root, files):
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@functools.cache
def _application_hash():
    if not hasattr(sys, "_MEIPASS"):
        return None
    with open(sys.executable, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
