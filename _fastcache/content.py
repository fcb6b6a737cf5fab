"""What a package's compiled code is made from."""

import hashlib
import sys
from pathlib import Path


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
        None where there are no source files, as in a zip archive. Of a frozen application its
        executable stands for them, by its size and time.
    """
    files = [p for p in sorted(root.rglob("*.py")) if p.relative_to(root).parts[0] not in without]
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    if files:
        return digest.hexdigest()
    if getattr(sys, "frozen", False):
        of = Path(sys.executable).stat()
        return f"frozen {of.st_size} {of.st_mtime_ns}"
    return None
