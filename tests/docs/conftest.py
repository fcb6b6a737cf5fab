"""The fixtures of pages in a browser."""

from pages import browser  # noqa: F401
