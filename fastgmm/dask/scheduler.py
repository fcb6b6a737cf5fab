"""Who runs the tasks: a client's cluster, or the scheduler that is current."""

import asyncio
import uuid
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress

import distributed
from dask._task_spec import DataNode, TaskRef
from dask.base import get_scheduler
from dask.delayed import Delayed
from distributed.comm import CommClosedError

# So often a pass is done anew whose parameters were lost, with the workers that had them.
MOST_LOST = 3


class Scheduler:
    """Runs graphs on the cluster of `client`, by default with the scheduler that is current.

    Raises
    ------
    TypeError
        If `client` is no client of distributed's, or an asynchronous one.
    """

    def __init__(self, client=None):
        if client is not None and not isinstance(client, distributed.Client):
            raise TypeError(
                f"client must be a distributed.Client or None, got a {type(client).__name__}"
            )
        if client is not None and client.asynchronous:
            raise TypeError(
                "client is asynchronous, but fit and score wait for their results: give one that "
                "is not, Client(..., asynchronous=False)"
            )
        self._given, self._where = client, ""

    def n_workers(self):
        """Return how many workers there are, at least 1."""
        client = self._client()
        if client is None:
            return 1
        with self._telling_of_loss(client):
            return max(1, len(client.nthreads()))

    def _client(self):
        """Return the client that computes, or None."""
        client = getattr(self._get(), "__self__", None)
        return client if isinstance(client, distributed.Client) else None

    def _get(self):
        return get_scheduler(scheduler=self._given, cls=Delayed)

    def run(self, build, shared=None):
        """Return the results of the tasks of a graph.

        Parameters
        ----------
        build : callable
            Makes, of a reference to `shared`, the graph, of names that no other has, and a list of
            the keys that are asked for. A name that was used, for another mixture, could stand for
            what it was.
        shared : object, optional
            Sent to each worker once.

        Raises
        ------
        ConnectionError
            If the scheduler has gone away.
        """
        client = self._client()
        if client is None:
            name = new_name("shared")
            graph, keys = build(TaskRef(name))
            return list(self._get()({**graph, name: DataNode(name, shared)}, keys))
        with self._telling_of_loss(client):
            for _ in range(MOST_LOST):
                with suppress(CancelledError, CommClosedError):
                    return self._run_once(client, build, shared)
            return self._run_once(client, build, shared)

    def _run_once(self, client, build, shared):
        if shared is None:
            return client.get(*build(None))
        placed = client.scatter(shared, broadcast=True, hash=False)
        return client.get(*build(TaskRef(placed.key)))

    @contextmanager
    def _telling_of_loss(self, client):
        """Raise ConnectionError for what is raised within, where the scheduler has gone away."""
        if client.scheduler:
            self._where = f" at {client.scheduler.address}"
        try:
            yield
        except (Exception, asyncio.CancelledError) as error:
            if client.status == "running":
                raise
            raise ConnectionError(
                f"the Dask scheduler{self._where} has gone away, or the client was closed: make a "
                "new one. Of a fit that had begun, the attributes are those of the last finished "
                "iteration"
            ) from error


def new_name(what):
    """Return the name of a group of tasks that no other has."""
    return f"fastgmm-{what}-{uuid.uuid4().hex}"
