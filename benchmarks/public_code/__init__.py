"""Other people's compiled functions, differentiated: what fastad takes, and whether it is right.

``python -m benchmarks.public_code`` goes through the functions that Numba compiles in some public
packages (the extra ``public-code``), makes arguments for each, takes its derivative, and compares
that with differences of the function.
"""

PACKAGES = (
    "umap",
    "numba_stats",
    "pynndescent",
    "arch",
    "quantecon",
    "hapsira",
    "aeon",
    "interpolation",
    "disba",
    "stumpy",
    "tslearn",
    "lenstronomy",
)
