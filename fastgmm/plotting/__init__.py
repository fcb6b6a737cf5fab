"""Pictures of mixtures, of EM at work and of model choice (needs Matplotlib, the extra `plot`).

Each function draws into the axes or figure that it is given, or into a new one, and returns
it. None shows a window, chooses a backend or changes a global setting. Without Matplotlib
they raise an ImportError. `mixture_ellipses` and `mixture_plane` are the geometry in numbers, for
drawing by other means.
"""

from .criteria import plot_criteria
from .geometry import mixture_ellipses, mixture_plane
from .iterations import plot_iterations
from .mixtures import plot_mixture
from .style import DPI, PALETTE

__all__ = [
    "DPI",
    "PALETTE",
    "mixture_ellipses",
    "mixture_plane",
    "plot_criteria",
    "plot_iterations",
    "plot_mixture",
]
