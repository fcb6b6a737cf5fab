"""Passes over rows that are read block by block."""
