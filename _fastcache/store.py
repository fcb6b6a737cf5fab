"""Folders of compiled code: an entry a file, whose name is a hash of all that it depends on.

An entry is never changed, so there is no index to be kept right by processes that write at once,
and none to be read before an entry is found. Each begins with a checksum of the rest.
"""

import contextlib
import functools
import hashlib
import logging
import os
import re
import sys
import uuid
from pathlib import Path

import llvmlite
import numba
import numpy as np
from numba import config

SUFFIX = ".nbc"
PACKAGES = ("fastgmm", "fastad")

_FORMAT = b"fastcache 1\n"
_CHECKSUM = hashlib.sha256().digest_size
# Of folders of one place: versions of a package, its dependencies and the processor.
_MOST_FOLDERS = 8
_FOLDER = re.compile(r"[\w.+-]+-[0-9a-f]{16}")
# Of Numba's settings those that change the code, and are not among the processor's features.
_SETTINGS = (
    *("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT"),
    *("EXTEND_VARIABLE_LIFETIMES", "LLVM_REFPRUNE_PASS", "LLVM_REFPRUNE_FLAGS"),
    "USING_SVML",  # whose functions are then called: found when Numba is imported
    "USE_LEGACY_TYPE_SYSTEM",  # of Numba 0.61
)


def user_folder():
    """Return where the operating system wants caches of the user's, for all programs."""
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root)


def places(package):
    """Return the places where a package's compiled code may be, in the order of looking.

    That of ``FASTAD_CACHE_DIR`` (of fastad), or of ``NUMBA_CACHE_DIR``, alone where there is one.
    Else beside the installed package, which goes with it when an environment is copied, and the
    user's cache folder. The user's own derivatives do not belong to the environment.

    Beside, not inside: pip leaves what it did not install, and a folder that is left with a
    package's name is a namespace package, which hides an editable installation of it.
    """
    chosen = os.environ.get("FASTAD_CACHE_DIR") if package == "fastad" else None
    if chosen:
        return [Path(chosen)]
    if config.CACHE_DIR:
        return [Path(config.CACHE_DIR) / package]
    found = []
    if package != "fastad":
        found.append(Path(__file__).parents[1] / "__pycache__" / package)
    with contextlib.suppress(RuntimeError):  # there is no home
        found.append(user_folder() / package)
    return found


def folders(place):
    """Return the folders of entries in a place, the last used first."""
    try:
        found = [p for p in place.iterdir() if _FOLDER.fullmatch(p.name) and p.is_dir()]
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:  # there is no such place, or another process removes what is in it
        return []


def processor(folder):
    """Return the name of the processor that a folder's code is for, as LLVM calls it."""
    return folder.name.rpartition("-")[0]


def remove(folder):
    """Remove a folder of entries, as far as the system lets us; return how many and their bytes."""
    n, size = 0, 0
    with contextlib.suppress(OSError):
        for path in list(folder.glob(f"*{SUFFIX}")) + list(folder.glob("*.tmp")):
            with contextlib.suppress(OSError):
                length = path.stat().st_size
                path.unlink()
                n, size = n + 1, size + length
        folder.rmdir()
    return n, size


def replace(path, data):
    """Write a file, whole or not at all whoever else writes it; tell whether that was possible.

    Others may read it, as far as the user lets them: an image is not built by who runs it.
    """
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex[:16]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return False
    return True


class Store:
    """The compiled code of a package, in the folders that are for this processor.

    Parameters
    ----------
    package : str
        One of `PACKAGES`.
    hash_source : callable
        Returns the hash of what its code is made from now; None: nothing is kept. Of the first
        result are the entries that are read and written. Nothing is written once there is another:
        modules that were imported in between may be of either source.
    """

    def __init__(self, package, hash_source):
        self.package, self.source, self._hash_source = package, hash_source(), hash_source
        self.n_written = 0  # by this process
        self._used = []

    @property
    def used(self):
        """The folder that this process used first, or None."""
        return str(self._used[0]) if self._used else None

    def folder_name(self, codegen):
        """Return the name of the folders for code of this source, these versions and settings.

        And for the processor that Numba compiles for: its name and its features.
        """
        target = codegen.magic_tuple()
        settings = repr([getattr(config, name, None) for name in _SETTINGS])
        return _folder_name(self.source, target, settings)

    def read(self, codegen, name):
        """Return an entry's content, or None: there is none, or none that is whole."""
        for place in places(self.package) if self.source else ():
            folder = place / self.folder_name(codegen)
            try:
                data = (folder / name).read_bytes()
            except OSError:
                continue
            start = len(_FORMAT) + _CHECKSUM
            content = memoryview(data)[start:]
            if data[:start] == _FORMAT + hashlib.sha256(content).digest():
                self._note_use(folder)
                return content
        return None

    def write(self, codegen, name, content):
        """Write an entry in the first place that can be written; say in the log if none can."""
        if self._hash_source() != self.source:
            _log_edited(self.package)
            return
        for place in places(self.package) if self.source else ():
            folder = place / self.folder_name(codegen)
            if replace(folder / name, _FORMAT + hashlib.sha256(content).digest() + content):
                self.n_written += 1
                self._note_use(folder)
                return
        _log_no_place(self.package)

    def forget(self, codegen, pattern):
        """Remove this version's entries of some names."""
        for place in places(self.package) if self.source else ():
            for path in (place / self.folder_name(codegen)).glob(pattern):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _note_use(self, folder):
        """Set a folder's time of use, once a process, and drop those that were not used for long.

        Its time is set first: no process removes the folder that it uses.
        """
        if folder in self._used:
            return
        self._used.append(folder)
        with contextlib.suppress(OSError):
            os.utime(folder)
            for old in folders(folder.parent)[_MOST_FOLDERS:]:
                remove(old)


@functools.cache
def _folder_name(source, target, settings):
    versions = numba.__version__, llvmlite.__version__, np.__version__
    python = sys.implementation.cache_tag, getattr(sys, "abiflags", "")
    made_of = repr((_FORMAT, source, versions, python, target, settings))
    cpu = re.sub(r"[^\w.+-]", "_", target[1])
    return f"{cpu}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"


@functools.cache
def _log_no_place(package):
    logging.getLogger(package).info(
        "compiled code is not kept on disk, so each process compiles anew: set %s to a folder that "
        "can be written",
        "FASTAD_CACHE_DIR" if package == "fastad" else "NUMBA_CACHE_DIR",
    )


@functools.cache
def _log_edited(package):
    logging.getLogger(package).info(
        "the files of %s have changed since it was imported: what this process compiles is not "
        "kept on disk",
        package,
    )
