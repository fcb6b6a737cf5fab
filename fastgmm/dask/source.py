"""`DaskSource`: what the EM loop needs of rows that lie on a cluster of Dask's."""

from ..parted.source import PartedSource
from . import tasks


class DaskSource(PartedSource):
    """A `PartedSource` of `DaskRows`: workers merge what they find."""

    _worst_of = staticmethod(tasks.worst_of)
