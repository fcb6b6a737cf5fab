"""What NumPy 2 calls otherwise than NumPy 1.26."""

import numpy as np

TRAPEZOID = "trapezoid" if hasattr(np, "trapezoid") else "trapz"
trapezoid = getattr(np, TRAPEZOID)
