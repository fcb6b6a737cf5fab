"""Compare the ratios of the asv suites with the stored baseline; fail if one got worse.

``python -m benchmarks.harness.compare [--update] [RESULT]``

RESULT is a file of asv's results (by default the newest under ``.asv/results``), best of
a run on a quiet machine: ``FASTGMM_BENCH=quick asv run HEAD^!``. Every ``track_ratio``
in it is compared with ``benchmarks/baseline.json``: one that is more than 20% worse ends the
command with status 1. ``--update`` writes the baseline instead.
"""

import argparse
import itertools
import json
import math
import sys
from pathlib import Path

BASELINE = Path(__file__).parents[1] / "baseline.json"
RESULTS = Path(__file__).parents[2] / ".asv" / "results"
TOLERANCE = 0.2
# Units of which more is better; of all others ("times" another's time) less is.
MORE_IS_BETTER = ("times faster", "times fewer", "times less")


def ratios(result, benchmarks):
    """Return ``{name(parameters): (value, more is better)}`` of the ratios in asv's dicts."""
    columns = result["result_columns"]
    found = {}
    for name, row in result["results"].items():
        entry = dict(zip(columns, row, strict=False))
        if "track_ratio" not in name or entry.get("result") is None:
            continue
        more = benchmarks[name]["unit"] in MORE_IS_BETTER
        for parameters, value in zip(
            itertools.product(*entry["params"]), entry["result"], strict=True
        ):
            if value is not None and not math.isnan(value):
                found[f"{name}({', '.join(parameters)})"] = (value, more)
    return found


def newest():
    """Return the newest file of results."""
    files = [p for p in RESULTS.glob("*/*.json") if p.name != "machine.json"]
    if not files:
        raise SystemExit(f"no results in {RESULTS}: run `asv run` first")
    return max(files, key=lambda path: path.stat().st_mtime)


def compare(baseline, now, tolerance=TOLERANCE):
    """Return the lines of a report, and the names of the ratios that got worse."""
    lines, worse = [], []
    for name in sorted(now):
        value, more = now[name]
        if name not in baseline:
            lines.append(f"  new     {name}: {value:.3g}")
            continue
        before = baseline[name]
        loss = before / value if more else value / before
        verdict = "WORSE" if loss > 1.0 + tolerance else "better" if loss < 0.9 else "same"
        if verdict == "WORSE":
            worse.append(name)
        lines.append(f"  {verdict:7} {name}: {before:.3g} -> {value:.3g}")
    lines.extend(f"  missing {name}" for name in sorted(set(baseline) - set(now)))
    return lines, worse


def main(arguments=None):
    """Compare, or update the baseline; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.harness.compare", description=__doc__
    )
    parser.add_argument("result", nargs="?", type=Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--baseline", type=Path, default=BASELINE)
    options = parser.parse_args(arguments)
    path = options.result or newest()
    benchmarks = json.loads((path.parent.parent / "benchmarks.json").read_text())
    result = json.loads(path.read_text())
    now = ratios(result, benchmarks)
    if not now:
        raise SystemExit(f"{path} holds no ratio")
    if options.update:
        values = {name: float(f"{value:.4g}") for name, (value, _) in sorted(now.items())}
        stored = {"commit": result["commit_hash"], "ratios": values}
        options.baseline.write_text(json.dumps(stored, indent=1) + "\n")
        print(f"{len(values)} ratios of {path.name} are the baseline now")
        return 0
    baseline = json.loads(options.baseline.read_text())
    lines, worse = compare(baseline["ratios"], now)
    print(f"{path.name} against the baseline of {baseline['commit'][:8]}:", *lines, sep="\n")
    if worse:
        print(f"{len(worse)} of {len(now)} ratios are over {100 * TOLERANCE:.0f}% worse")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
