"""Automatic differentiation of Numba-compiled code.

This package is a place kept for what is to come: it holds nothing yet.
"""
