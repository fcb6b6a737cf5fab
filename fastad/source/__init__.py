"""Reverse and forward mode by source transformation."""
