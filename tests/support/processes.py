"""Several Python processes, one after the other, that share a folder and a fresh disk cache."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


class Workplace:
    """A folder of modules with caches of its own; a context manager."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="conformance-")
        self.path = Path(self._folder.name)
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def write(self, name, text):
        """Write a module; its time of change differs from that of the version before."""
        path = self.path / f"{name}.py"
        before = path.stat().st_mtime if path.exists() else None
        path.write_text(text)
        if before is not None:
            os.utime(path, (before + 2, before + 2))

    def run(self, program):
        """Run a program in a new process; return what it prints, or the end of its errors."""
        caches = {
            "FASTAD_CACHE_DIR": str(self.path / "caches" / "fastad"),
            "NUMBA_CACHE_DIR": str(self.path / "caches" / "numba"),
        }
        result = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | caches,
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return result.stdout.strip() or f"Error: {result.stderr[-300:]}"
