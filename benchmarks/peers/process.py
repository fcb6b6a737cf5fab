"""The other end of `worker`: peers in their own processes, timed in turn, judged by one judge."""

import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ..harness import common

# A peer that waits its turn must not spin: OpenMP's threads would, on the others' time.
QUIET = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
ROOT = Path(__file__).parent.parent.parent

# This folder's parent comes last on the path: asv measures the fastgmm that it installed.
LAUNCH = """
import runpy, sys
sys.path.append({root!r})
runpy.run_module("benchmarks.peers.worker", run_name="__main__")
"""

# Seconds before each run: the idle threads of the BLAS of the peer before wait busily for a while.
PAUSE = 0.5

# Runs of fewer seconds are timed the second time.
SHORT = 1.0


def interpreter(name):
    """Return the interpreter of a peer: FASTGMM_PEER_<NAME>, FASTGMM_PEERS, or this one."""
    own = f"FASTGMM_PEER_{name.upper().replace('-', '_')}"
    given = os.environ.get(own)
    if given is None and name != "fastgmm":
        given = os.environ.get("FASTGMM_PEERS")
    return given or sys.executable


class Peer:
    """A mixture peer at work in a process of its own; use it as a context manager.

    Attributes
    ----------
    skipped : str or None
        Why it cannot take part.
    version : str or None
    """

    def __init__(self, name, folder):
        self.name, self.folder = name, Path(folder)
        self.log = (self.folder / f"{name}.log").open("w")
        self.process = subprocess.Popen(
            [interpreter(name), "-c", LAUNCH.format(root=str(ROOT)), name, str(folder)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, **QUIET},
        )
        answer = self._answer()
        self.skipped, self.version = answer.get("skipped"), answer.get("version")

    def _answer(self):
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        return {"skipped": f"its process ended with {self.process.returncode}", "failed": "ended"}

    def ask(self, command, *numbers):
        """Send a command and return the answer; note a failure as the reason to skip it."""
        try:
            self.process.stdin.write(" ".join(map(str, (command, *numbers))) + "\n")
            self.process.stdin.flush()
            answer = self._answer()
        except BrokenPipeError:
            answer = {"failed": "its process has ended"}
        self.skipped = answer.get("failed", self.skipped)
        return answer

    def found(self):
        """Return the mixture that the last run reached."""
        return dict(np.load(self.folder / f"{self.name}.npz"))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


def judge(X, mixture, covariance_type):
    """Return the mean log-likelihood of rows, in nats, by scikit-learn in float64.

    On at most 20,000 of them: enough to tell two mixtures apart. NaN if a covariance is not
    positive definite.
    """
    from sklearn.mixture import GaussianMixture
    from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky

    model = GaussianMixture(len(mixture["means"]), covariance_type=covariance_type)
    model.weights_, model.means_ = (mixture[n].astype(float) for n in ("weights", "means"))
    model.covariances_ = mixture["covariances"].astype(float)
    try:
        factors = _compute_precision_cholesky(model.covariances_, covariance_type)
    except ValueError:
        return float("nan")
    model.precisions_cholesky_ = factors
    step = -(-len(X) // 20_000)
    return float(model.score_samples(X[::step].astype(float)).mean())


def compare(point, entries, *, n_iter=1, seconds=20.0, least=3, most=15, spread=2.5):
    """Time the peers' EM iterations in turn, and have their mixtures judged.

    Parameters
    ----------
    point : (n, d, k, covariance_type, dtype)
    entries : list of (peer's name, number of threads)
    n_iter : int
        Iterations of a run; the times are per iteration.
    seconds, least, most
        Rounds go on for so long, at least and at most so many.

    Returns
    -------
    list of dict
        For each entry peer, threads, version, seconds (a list) and their median, MiB of extra
        peak memory, log_likelihood; or skipped, the reason. The log-likelihood is the judge's of
        the mixture reached. One that differs from ours is a reason to skip: its time is no
        time of the same work.
    """
    n, d, k, covariance_type, dtype = point
    X = common.rows.__wrapped__(n, d, k, dtype, spread)
    start = common.start(X, k, covariance_type)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "rows.npy", X)
        np.savez(Path(folder) / "start.npz", covariance_type=covariance_type, **start)
        judged = X[:: max(1, n // 20_000)].copy()
        del X
        peers = {}
        try:
            for name, threads in entries:
                if name not in peers:
                    peers[name] = Peer(name, folder)
                peer = peers[name]
                result = {"peer": name, "threads": threads, "version": peer.version, "seconds": []}
                results.append(result)
                if not peer.skipped and not hasattr(peer, "mebibytes"):
                    # Of its first run: allocators keep memory for the next.
                    peer.mebibytes = peer.ask("memory", threads).get("mebibytes")
                result["mebibytes"] = getattr(peer, "mebibytes", None)
                if not peer.skipped:
                    peer.ask("run", n_iter, threads)
                if not peer.skipped:
                    mixture = peer.found()
                    result["log_likelihood"] = judge(judged, mixture, covariance_type)
            _exclude(results, peers, dtype)
            begin = time.perf_counter()
            for done in range(most):
                if done >= least and time.perf_counter() - begin > seconds:
                    break
                for result in results:
                    if "skipped" in result:
                        continue
                    time.sleep(PAUSE)
                    ask = functools.partial(peers[result["peer"]].ask, "run", n_iter)
                    answer = ask(result["threads"])
                    if answer.get("seconds", SHORT) < SHORT:  # its own threads were asleep, too
                        answer = ask(result["threads"])
                    if "seconds" in answer:
                        result["seconds"].append(answer["seconds"] / n_iter)
        finally:
            for peer in peers.values():
                peer.__exit__()
    for result in results:
        if result["seconds"]:
            result["median"] = statistics.median(result["seconds"])
    return results


def _exclude(results, peers, dtype):
    """Write into the results why one cannot be timed; the first result is the yardstick."""
    ours = results[0].get("log_likelihood")
    tolerance = 1e-6 if dtype == "float64" else 1e-3
    for result in results:
        reason = peers[result["peer"]].skipped
        if reason is None and not abs(result["log_likelihood"] - ours) <= tolerance * abs(ours):
            reason = (
                f"its mean log-likelihood is {result['log_likelihood']:.9g}, "
                f"that of {results[0]['peer']} {ours:.9g}"
            )
        if reason is not None:
            result["skipped"] = reason
