"""The version of the distribution, both of its packages."""

__version__ = "0.1.0"
