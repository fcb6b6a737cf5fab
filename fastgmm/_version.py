"""The version of the distribution, both of its packages."""

from _fastcache.version import __version__

__all__ = ["__version__"]
