"""E-step and M-step for people's own loops, in Python and in ``@njit`` code.

* `em`: `em_step`, `e_step`, `m_step`, `add_statistics`, `score_rows`: the estimator's iteration.
* `workspace`: its options, and what one step tells the next.
* `signatures`: what they are given and return in compiled code, by type.
"""

from .em import add_statistics, e_step, em_step, m_step, score_rows
from .workspace import Workspace, make_workspace

__all__ = [
    "Workspace",
    "add_statistics",
    "e_step",
    "em_step",
    "m_step",
    "make_workspace",
    "score_rows",
]
