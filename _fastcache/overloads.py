"""What Numba asks for compiled code, in the place of its own cache."""

import hashlib
import logging
import pickle
import re

from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.core.sigutils import normalize_signature

from .signatures import describe
from .store import SUFFIX

_LOG = logging.getLogger(__name__)


class OverloadCache(_Cache):
    """The compiled code of one function, in a `Store`, by the types of its arguments.

    Parameters
    ----------
    store : Store
    name : str
        Which no other function has whose source is hashed into the store's.
    """

    def __init__(self, store, name):
        self.store, self.name, self.enabled = store, name, True
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        self._prefix = re.sub(r"\W", "_", name.rpartition(".")[2])[:48] + f"-{digest}"
        self._codegen = None

    @property
    def cache_path(self):
        """Where this process has read or written, for ``stats``; None before."""
        return self.store.used

    def enable(self):
        self.enabled = True

    def disable(self):
        self.enabled = False

    def flush(self):
        """Forget what is on disk, as ``recompile`` asks."""
        if self._codegen is not None:
            self.store.forget(self._codegen, f"{self._prefix}-*{SUFFIX}")

    def may_keep(self, compiled):
        """Tell whether other processes may run this code: it holds no address of this one's."""
        return all(x.can_cache for x in compiled.lifted) and (
            not compiled.library.has_dynamic_globals
        )

    def load_overload(self, sig, target_context):
        """Return the compiled code for a signature, or None: then Numba compiles."""
        target_context.refresh()
        self._codegen = codegen = target_context.codegen()
        entry = self._entry(sig) if self.enabled else None
        content = entry and self.store.read(codegen, entry)
        if not content:
            return None
        try:
            found = CompileResult._rebuild(target_context, *pickle.loads(content))
        except Exception as error:  # of any kind: it runs code of what it names, as may be no more
            _LOG.debug("%s: cannot be read, so it is compiled anew: %r", self.name, error)
            return None
        # Two classes may have one name, and then their types do.
        return found if tuple(found.signature.args) == normalize_signature(sig)[0] else None

    def save_overload(self, sig, data):
        """Keep compiled code, if it may be and can be."""
        entry = self._entry(sig) if self.enabled and self.may_keep(data) else None
        if entry is None:
            return
        try:
            content = dumps(data._reduce())
        except Exception as error:  # of any kind: types are pickled by their authors' methods
            _LOG.debug("%s: cannot be kept on disk: %r", self.name, error)
            return
        self.store.write(data.codegen, entry, content)

    def holds(self, sig):
        """Tell whether another process would find a signature's compiled code."""
        return bool(self._codegen and self._entry(sig)) and (
            self.store.read(self._codegen, self._entry(sig)) is not None
        )

    def _entry(self, sig):
        """Return the name of a signature's entry; None where nothing may be kept of it."""
        types = describe(normalize_signature(sig)[0], self.store.package)
        if types is None:
            return None
        digest = hashlib.sha256(repr((self.name, types)).encode()).hexdigest()[:16]
        return f"{self._prefix}-{digest}{SUFFIX}"
