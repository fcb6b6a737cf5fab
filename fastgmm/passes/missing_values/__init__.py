"""Passes over rows in which values are missing."""
