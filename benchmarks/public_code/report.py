"""The table of what was taken, for people: printed, and in the documentation."""

import collections
import re
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "public_code.md"
BEGIN = "<!-- public code: written by python -m benchmarks.public_code -->"
END = "<!-- end of public code -->"

COLUMNS = ("functions", "tried", "source", "other", "right", "wrong", "unclear", "refused")

# What is tried: all with a result but those that no arguments were found for.
_RAN = ("right", "wrong", "kink", "refused", "failed", "slow", "crash")
_PLACE = re.compile(r"^line \d+ of \S+: ")
_OTHER_MODE = re.compile(r" By (forward|tape|linearized)|; (forward|tape)\b")


def by_source(result):
    """Tell whether a derivative was taken from the function's source."""
    return result.get("mode") == "source"


def reason(result):
    """Return why the source transformation did not take a function, without places."""
    why = result.get("why", "")
    found = re.search(r"(?:By source|source): (.*)", why)
    if found is None:
        return result["verdict"] if result["verdict"] in ("slow", "crash") else why[:200]
    said = _OTHER_MODE.split(found[1])[0]
    return _PLACE.sub("", said).rstrip(".")


def table(results):
    """Return the lines of a table by package, and of the refusals by reason."""
    packages = collections.defaultdict(list)
    for name, result in results.items():
        packages[name.split(".")[0]].append(result)
    head = ["package", *COLUMNS]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    total = collections.Counter()
    for package, found in sorted(packages.items()):
        row = _row(found)
        total.update(row)
        lines.append(_line(package, row, head))
    return [*lines, _line("all", total, head)]


def _row(found):
    tried = [r for r in found if r["verdict"] in _RAN]
    taken = [r for r in tried if "mode" in r]
    verdicts = collections.Counter(r["verdict"] for r in taken)
    source = sum(map(by_source, taken))
    return {
        "functions": len(found),
        "tried": len(tried),
        "source": source,
        "other": len(taken) - source,
        "right": verdicts["right"],
        "wrong": verdicts["wrong"],
        "unclear": verdicts["kink"],
        "refused": len(tried) - len(taken),
    }


def _line(name, row, head):
    return f"| {name} | " + " | ".join(str(row[h]) for h in head[1:]) + " |"


def reasons(results):
    """Return the lines of the reasons why the source was not taken, the most frequent first."""
    kept = collections.defaultdict(list)
    for name, result in sorted(results.items()):
        if result["verdict"] in _RAN and not by_source(result):
            kept[reason(result)].append(name)
    found = sorted(kept.items(), key=lambda item: (-len(item[1]), item[0]))
    return [f"* {len(names)}: {said} (`{names[0]}`)" for said, names in found]


def write(results):
    """Put the table and the reasons into the page."""
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    lines = [*table(results), "", "Not taken by source, by reason:", "", *reasons(results)]
    PAGE.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after)
