"""What a pull request does to asv's ratios: measure two commits in turn, and comment what moved.

``python -m benchmarks.harness.pull_request measure FOLDER --base COMMIT --head COMMIT``
runs the ratios of both, ROUNDS times in turn, and keeps asv's results in FOLDER.
``... table FOLDER`` prints a table in Markdown of those that moved beyond the noise.
``... comment FOLDER --repository OWNER/NAME --branch OWNER:BRANCH --commit SHA`` writes it under
the open pull request of that branch by ``gh``, in the place of the one before.

A ratio moved where its medians differ by more than a tenth and the least of one side's values is
above the greatest of the other's: what a commit does shows in every round, noise does not.
"""

import argparse
import json
import math
import re
import shlex
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from . import compare

SIDES = ("base", "head")
ROUNDS = 4
FACTOR = 1.1
MARKER = "<!-- ratios of a pull request -->"
# What a benchmark's name is made of; FOLDER may come from a fork, and is printed where people read.
_FOREIGN = re.compile(r"[^\w.,()'+*/= -]")


def measure(folder, commits, rounds=ROUNDS, run=subprocess.run):
    """Run asv's ratios of each side's commit in turn, and keep the results in a folder.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    commits : dict
        The commit of "base" and that of "head".
    rounds : int
    run : callable
        As `subprocess.run`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for turn in range(rounds):
        # First one side first, then the other: a machine that slows down is no one's fault.
        for side in SIDES if turn % 2 == 0 else SIDES[::-1]:
            command = [sys.executable, "-m", "asv", "run", "--show-stderr"]
            command += ["--bench", "track_ratio", f"{commits[side]}^!"]
            status = run(command, check=False).returncode
            result = compare.newest()
            # asv ends with 2 where a single benchmark failed: one that a side does not have.
            if status not in (0, 2) or not _is_of(result, commits[side]):
                raise SystemExit(f"{shlex.join(command)} ended with {status} and no result")
            shutil.copy(result, folder / f"{side}-{turn}.json")
            shutil.copy(result.parents[1] / "benchmarks.json", folder)


def _is_of(result, commit):
    """Tell whether a file of results is that of a commit, given by its hash or a part of it."""
    return json.loads(result.read_text("utf-8"))["commit_hash"] == _hash_of(commit)


def _hash_of(commit):
    command = ["git", "rev-parse", f"{commit}^{{commit}}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def read(folder):
    """Return ``{side: {name: values}}`` of a folder, and the names of which more is better."""
    benchmarks = json.loads((folder / "benchmarks.json").read_text())
    values, more = {side: {} for side in SIDES}, set()
    for side in SIDES:
        for path in sorted(folder.glob(f"{side}-*.json")):
            found = compare.ratios(json.loads(path.read_text()), benchmarks)
            for name, (value, more_is_better) in found.items():
                number = float(value)
                if 0.0 < number < math.inf:
                    values[side].setdefault(name, []).append(number)
                if more_is_better:
                    more.add(name)
    return values, more


def moved(base, head):
    """Tell whether two lists of values of a ratio are apart by more than noise."""
    factor = statistics.median(head) / statistics.median(base)
    apart = max(base) < min(head) or max(head) < min(base)
    return apart and max(factor, 1.0 / factor) > FACTOR


def table(values, more):
    """Return the Markdown of a comment: a table of the ratios that moved, the worst first.

    Parameters
    ----------
    values : dict
        ``{"base": {name: values}, "head": {name: values}}``.
    more : set of str
        The names of the ratios of which more is better.
    """
    base, head = (values[side] for side in SIDES)
    both = sorted(base.keys() & head.keys())
    if not both:
        raise SystemExit("no ratio was measured on both sides")
    gains = {}
    for name in both:
        factor = statistics.median(head[name]) / statistics.median(base[name])
        gains[name] = factor if name in more else 1.0 / factor
    order = sorted(both, key=gains.get)
    shown = [name for name in order if moved(base[name], head[name])]
    rounds = min(len(side[name]) for side in (base, head) for name in both)
    lines = [MARKER, f"**Speed: {_verdict(shown, gains)}** of {len(both)} ratios.", ""]
    if shown:
        lines += [*_rows(shown, values, gains, more), ""]
    lines += [_how(rounds), ""]
    for side, other in (SIDES, SIDES[::-1]):
        only = sorted(values[side].keys() - values[other].keys())
        if only:
            lines += [f"Measured of the {side} alone: {', '.join(map(_code, only))}.", ""]
    lines += ["<details><summary>All ratios</summary>", ""]
    return "\n".join([*lines, *_rows(order, values, gains, more), "", "</details>", ""])


def _verdict(shown, gains):
    worse = sum(gains[name] < 1.0 for name in shown)
    parts = [f"{n} {word}" for n, word in ((worse, "worse"), (len(shown) - worse, "better")) if n]
    return ", ".join(parts) or "no change"


def _how(rounds):
    luck = math.comb(2 * rounds, rounds) // 2
    return (
        f"Each was measured {rounds} times or more on either side, in turn, in one job. It moved "
        f"where the medians differ by over {100 * (FACTOR - 1):.0f}% and the two ranges are apart: "
        f"of two sides that are equal they are by luck in one of {luck}."
    )


def _rows(names, values, gains, more):
    yield "| ratio | better is | base: median (range) | head: median (range) | head |"
    yield "|---|---|---|---|---|"
    for name in names:
        cells = [_spread(values[side][name]) for side in SIDES]
        direction = "more" if name in more else "less"
        change = _change(gains[name])
        yield f"| {_code(name)} | {direction} | {cells[0]} | {cells[1]} | {change} |"


def _change(gain):
    factor = f"{max(gain, 1.0 / gain):.2f}"
    return "same" if factor == "1.00" else f"{factor}x {'better' if gain > 1.0 else 'worse'}"


def _spread(values):
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def _code(name):
    return f"`{_FOREIGN.sub('?', name)[:120]}`"


def gh(*arguments, body=None):
    """Return what GitHub's command line prints; a body goes to it as JSON."""
    text = None if body is None else json.dumps(body)
    command = ["gh", "api", *arguments, *(["--input", "-"] if body is not None else [])]
    return subprocess.run(command, input=text, check=True, text=True, stdout=subprocess.PIPE).stdout


def comment(body, repository, branch, commit, call=gh):
    """Write a comment under the pull request of a commit, in the place of the one before.

    Parameters
    ----------
    body : str
        It begins with ``MARKER``, by which the one before is found.
    repository, branch, commit : str
        "owner/name"; "owner:branch", of a fork perhaps; the commit that was measured.
    call : callable
        As `gh`.

    Returns
    -------
    str
        What was done.
    """
    place = f"repos/{repository}"
    query = ["--method", "GET", f"{place}/pulls", "-f", "state=open", "-f", f"head={branch}"]
    numbers = [pull["number"] for pull in json.loads(call(*query)) if pull["head"]["sha"] == commit]
    if not numbers:
        return f"no open pull request of {branch} ends with {commit}: nothing is written"
    comments = f"{place}/issues/{numbers[0]}/comments"
    ours = f'select(.user.type == "Bot" and (.body | startswith("{MARKER}")))'
    before = call("--paginate", comments, "--jq", f".[] | {ours} | .id").split()
    if before:
        call("--method", "PATCH", f"{place}/issues/comments/{before[0]}", body={"body": body})
        return f"comment {before[0]} of {numbers[0]} is written anew"
    call("--method", "POST", comments, body={"body": body})
    return f"a comment is written under {numbers[0]}"


def main(arguments=None):
    """Run a command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.harness.pull_request", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    measuring, printing, commenting = map(commands.add_parser, ("measure", "table", "comment"))
    for command in (measuring, printing, commenting):
        command.add_argument("folder", type=Path)
    measuring.add_argument("--base", required=True)
    measuring.add_argument("--head", required=True)
    measuring.add_argument("--rounds", type=int, default=ROUNDS)
    for name in ("--repository", "--branch", "--commit"):
        commenting.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    if options.command == "measure":
        commits = {"base": options.base, "head": options.head}
        measure(options.folder, commits, options.rounds)
        return
    body = table(*read(options.folder))
    if options.command == "table":
        print(body)
    else:
        print(comment(body, options.repository, options.branch, options.commit))


if __name__ == "__main__":
    main()
