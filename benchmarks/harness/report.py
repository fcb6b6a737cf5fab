"""A page of the documentation and the README's table, from the stored results alone.

``python -m benchmarks.harness.report`` writes ``docs/report/index.md`` with its plots, and the
part of README.md between the markers. No figure in either is typed by hand.
"""

import re
import tomllib
from pathlib import Path

import matplotlib
from matplotlib.text import Text

from . import common, explained, store
from .fits import fit_rows, plot_fits, quality_rows

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "report"
MARKERS = "<!-- speed: written by python -m benchmarks.harness.report -->", "<!-- end of speed -->"
# Of M. Okabe and K. Ito's colours, told apart by colour-blind readers, on light and dark pages.
COLOURS = {"fastgmm": "#D55E00", "scikit-learn": "#0072B2", "oneDAL": "#009E73"}
FILES = ("grid", "rows", "components", "features", "whole_fits", "roofline", "gradients")
FILES += ("quality", "derivative_peers")
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
RESULTS = f"{URLS['Repository']}/blob/main/benchmarks/results"
AXES = {"rows": (0, "rows N"), "components": (2, "components K"), "features": (1, "features D")}


def best(entries, peer, threads=None):
    """Return the entry of a peer with the least median, of those timed; None if there is none."""
    timed = [
        e
        for e in entries
        if e["peer"] == peer and "median" in e and threads in (None, e["threads"])
    ]
    return min(timed, key=lambda e: e["median"], default=None)


def seconds(value):
    """Return a time as text, three digits."""
    if value >= 1.0:
        return f"{value:.3g} s"
    return f"{1e3 * value:.3g} ms" if value >= 1e-3 else f"{1e6 * value:.3g} µs"


def reason(entries, peer):
    """Return why a peer has no time: a few words for a table."""
    for entry in entries:
        if entry["peer"] == peer and "skipped" in entry:
            return entry["skipped"]
    return "not measured"


def _threads(points):
    return sorted({e["threads"] for p in points for e in p["entries"] if e["peer"] == "fastgmm"})


def limits():
    """Return the machine's limits: the best of each that any of the stored runs reached.

    On a shared machine a limit is often measured while something else runs.
    """
    found = {}
    for name in ("grid", "roofline", *AXES):
        for threads, limit in store.load(name)["entries"]["limits"].items():
            mine = found.setdefault(threads, {})
            for key, value in limit.items():
                mine[key] = max(value, mine.get(key, 0.0))
    return found


def share(point, entry, machine):
    """Return the share of the products' peak rate that an entry of a point reaches."""
    n, d, k, covariance_type, dtype = point
    peak = machine[str(entry["threads"])][f"{dtype} GFLOP/s"] * 1e9
    return common.least_work(n, d, k, covariance_type) / entry["median"] / peak


def grid_rows(grid):
    """Return the header and the rows of the grid's table, lists of texts."""
    points, machine = grid["entries"]["points"], limits()
    threads = _threads(points)
    header = ["N, D, K, covariance"]
    header += [f"fastgmm, {n} thread{'s' * (n > 1)}" for n in threads]
    header += ["scikit-learn", "oneDAL", "against scikit-learn", "against oneDAL"]
    header += ["share of peak", "extra memory: ours, scikit-learn, oneDAL", "log-likelihood"]
    rows = []
    for point in points:
        n, d, k, covariance_type, dtype = point["point"]
        entries = point["entries"]
        ours, theirs, onedal = (best(entries, p) for p in ("fastgmm", "scikit-learn", "oneDAL"))
        name = f"{n:,}, {d}, {k}, {covariance_type}" + (dtype != "float64") * f", {dtype}"
        row = [name]
        for t in threads:
            mine = best(entries, "fastgmm", t)
            row.append(seconds(mine["median"]) if mine else "-")
        for peer, found in (("scikit-learn", theirs), ("oneDAL", onedal)):
            row.append(seconds(found["median"]) if found else _dash(reason(entries, peer)))
        row += [
            f"{found['median'] / ours['median']:.1f}x" if found and ours else "-"
            for found in (theirs, onedal)
        ]
        row.append(f"{100 * share(point['point'], ours, machine):.0f}%" if ours else "-")
        memory = [f["mebibytes"] if f else None for f in (ours, theirs, onedal)]
        row.append(", ".join("-" if m is None else f"{m:.0f}" for m in memory) + " MiB")
        row.append(f"{ours['log_likelihood']:.6f}" if ours else "-")
        rows.append(row)
    return header, rows


def _dash(text):
    return "-" if text == "not measured" else f"- ({text})"


def gradient_rows(gradients, peers):
    """Return the header and the rows of the gradients' table: ratios to the primal."""
    entries = gradients["entries"]
    modes = list(dict.fromkeys(e["mode"] for e in entries))
    modes.sort(key=lambda m: m == "by hand")
    others = [p for p in dict.fromkeys(e["peer"] for e in peers) if p not in ("fastad", "by hand")]
    header = ["objective", "by hand", *(f"fastad {m}" for m in modes if m != "by hand"), *others]
    rows = []
    for name, size in dict.fromkeys((e["objective"], tuple(e["size"])) for e in entries):
        found = {
            e["mode"]: e for e in entries if e["objective"] == name and tuple(e["size"]) == size
        }
        found |= {
            e["peer"]: e
            for e in peers
            if e["objective"] == name and tuple(e["size"]) == size and e["peer"] in others
        }
        columns = ["by hand", *(m for m in modes if m != "by hand"), *others]
        cells = [found.get(c) for c in columns]
        rows.append(
            [f"{name} {'x'.join(map(str, size))}"]
            + [f"{c['ratio']:.3g}" if c and "ratio" in c else "-" for c in cells]
        )
    return header, rows


def markdown(header, rows):
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def describe(machine):
    """Return a line about where and when results were measured."""
    caches = ", ".join(f"{level} {size}" for level, size in machine["caches"].items())
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['cores']} cores of {machine['processor']}, {caches}; {machine['system']}, "
        f"Python {machine['python']}, {versions}, {'; '.join(machine['blas'])}; commit "
        f"{machine['commit']}; {machine['date']}, load average {machine['load']}."
    )


def _figure(width=6.4, height=4.0):
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


INK = {"": "#222832", "-dark": "#ced6dd"}  # of text and lines, on light and on dark pages


def _save(figure, name):
    """Save a figure twice, without a background: for light and for dark pages."""
    for suffix, ink in INK.items():
        for text in figure.findobj(Text):
            text.set_color(ink)
        for axes in figure.axes:
            axes.set_facecolor("none")
            axes.tick_params(which="both", color=ink)
            axes.spines[:].set_color(ink)
            if axes.get_legend():
                axes.get_legend().get_frame().set(facecolor="none", edgecolor=ink)
        with matplotlib.rc_context({"svg.hashsalt": "fastgmm", "svg.fonttype": "path"}):
            figure.savefig(PAGE / f"{name}{suffix}.svg", metadata={"Date": None}, transparent=True)


def draw_growth(name, stored):
    """Plot the time of an iteration against N, D or K."""
    figure, axes = _figure()
    at, label = AXES[name]
    points = stored["entries"]["points"]
    for peer, colour in COLOURS.items():
        threads = _threads(points) if peer == "fastgmm" else [None]
        for t in threads:
            pairs = [(p["point"][at], best(p["entries"], peer, t)) for p in points]
            pairs = [(x, e["median"]) for x, e in pairs if e]
            many = t is None or t == max(threads)
            text = f"{peer}, {t} thread{'s' * (t > 1)}" if t else peer
            if pairs:
                style = "o-" if many else "o--"
                axes.loglog(*zip(*pairs, strict=True), style, color=colour, label=text)
    n, d, k, covariance_type, _ = points[0]["point"]
    fixed = {"rows": f"D={d}, K={k}", "components": f"N={n:,}, D={d}", "features": f"K={k}"}
    axes.set(xlabel=label, ylabel="seconds per EM iteration")
    axes.set_title(f"{covariance_type} covariances, {fixed[name]}")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, name)


def _bars(name, labels, series, xlabel, log=False):
    figure, axes = _figure(8.0, 1.2 + 0.28 * len(labels) * max(1, len(series) * 0.6))
    height = 0.8 / len(series)
    for i, (label, values, colour) in enumerate(series):
        places = [p + i * height for p, v in enumerate(values) if v is not None]
        axes.barh(places, [v for v in values if v is not None], height, label=label, color=colour)
    axes.set_yticks([p + 0.4 - height / 2 for p in range(len(labels))], labels)
    axes.invert_yaxis()
    axes.set(xlabel=xlabel, xscale="log" if log else "linear")
    axes.grid(axis="x", alpha=0.3)
    axes.legend()
    _save(figure, name)


def draw_share(grid):
    """Plot the share of the products' peak rate at each point of the grid."""
    points, machine = grid["entries"]["points"], limits()
    labels = [", ".join(map(str, p["point"][:4])) for p in points]
    labels = [
        t + " f32" * (p["point"][4] == "float32") for t, p in zip(labels, points, strict=True)
    ]
    series = []
    for peer, colour in COLOURS.items():
        found = [(p["point"], best(p["entries"], peer)) for p in points]
        shares = [100 * share(at, e, machine) if e else None for at, e in found]
        series.append((peer, shares, colour))
    _bars("share", labels, series, "% of the rate of matrix products, least work counted")


def draw_phases(roofline):
    """Plot where the time of an iteration goes."""
    points = roofline["entries"]["points"]
    figure, axes = _figure(8.0, 1.2 + 0.35 * len(points))
    left = [0.0] * len(points)
    labels = [", ".join(map(str, p["point"][:4])) for p in points]
    for phase in points[0]["takes"]:
        shares = [100 * p["takes"][phase] / p["seconds"] for p in points]
        axes.barh(labels, shares, left=left, label=phase)
        left = [a + b for a, b in zip(left, shares, strict=True)]
    axes.invert_yaxis()
    axes.set(xlabel="% of an iteration on one thread")
    axes.legend(ncols=6, loc="upper center", bbox_to_anchor=(0.5, 1.12), fontsize="small")
    _save(figure, "phases")


def draw_gradients(gradients):
    """Plot the ratio of gradient to primal for each objective."""
    header, rows = gradient_rows(gradients, [])
    series = []
    for column, label in enumerate(header[1:], 1):
        values = [float(r[column]) if r[column] != "-" else None for r in rows]
        series.append((label, values, f"C{column - 1}"))
    _bars("gradients", [r[0] for r in rows], series, "gradient / primal, times", log=True)


def picture(name, title):
    """Return a plot in its two versions, of which the page shows one."""
    versions = (("only-light", ""), ("only-dark", "-dark"))
    return "\n".join(
        f"```{{image}} {name}{suffix}.svg\n:class: {shown}\n:alt: {title}\n```"
        for shown, suffix in versions
    )


def section(title, lead, text, machine, table=None, images=()):
    """Return a section of the page: what it is, its plots and table, and what they tell."""
    parts = [f"## {title}", lead, *(picture(image, title) for image in images)]
    if table:
        parts.append(markdown(*table))
    return "\n\n".join([*parts, text, f"*{describe(machine)}*"])


def limits_text(machine):
    """Return the machine's limits as a sentence."""
    lines = [
        f"{n} thread{'s' * (n != '1')}: " + ", ".join(f"{v:.3g} {k}" for k, v in limit.items())
        for n, limit in machine.items()
    ]
    return "Limits of the machine, on " + "; on ".join(lines) + "."


def waits_text():
    """Return what a new user waits for, as a sentence."""
    stored = store.load("waits")
    wait = {name: f"{value:.1f} s" for name, value in stored["entries"].items()}
    return (
        f"The first fit on a new machine compiles: {wait['cold']} from `import fastgmm` to its "
        f"end, and {wait['warm']} from then on, with the compiled code on disk. The import takes "
        f"{wait['import']}, that of Numba and scikit-learn alone {wait['dependencies']} "
        f"({stored['machine']['processor']})."
    )


def fits_text():
    """Return the table of whole fits and predictions, with what it says."""
    stored = store.load("whole_fits")
    return (
        "Whole fits and predictions with the defaults, against scikit-learn's (D=4, K=3): all "
        f"checks and the start count.\n\n{markdown(*fit_rows(stored))}\n\n"
        f"{describe(stored['machine'])}"
    )


def write_page():
    """Write the page and its plots."""
    PAGE.mkdir(parents=True, exist_ok=True)
    grid, roofline, gradients = map(store.load, ("grid", "roofline", "gradients"))
    peers = store.load("derivative_peers")
    growth = {name: store.load(name) for name in AXES}
    for name, stored in growth.items():
        draw_growth(name, stored)
    draw_share(grid)
    draw_phases(roofline)
    draw_gradients(gradients)
    whole, quality = store.load("whole_fits"), store.load("quality")
    figure, axes = _figure()
    plot_fits(axes, whole)
    _save(figure, "whole_fits")
    where = growth["rows"]["machine"]
    sections = [
        section(*explained.GROWTH, where, images=AXES),
        section(*explained.FITS, whole["machine"], fit_rows(whole), ["whole_fits"]),
        section(*explained.QUALITY, quality["machine"], quality_rows(quality)),
        section(*explained.GRID, grid["machine"], grid_rows(grid), ["share"]),
        section(*explained.PHASES, roofline["machine"], images=["phases"]),
        section(
            *explained.GRADIENTS,
            gradients["machine"],
            gradient_rows(gradients, peers["entries"]),
            ["gradients"],
        ),
    ]
    files = ", ".join(f"[{name}]({RESULTS}/{name}.json)" for name in FILES)
    front = explained.FRONT.format(files=files, limits=limits_text(limits()))
    (PAGE / "index.md").write_text("\n\n".join([front, *sections]) + "\n")


def with_table(text):
    """Return the README's text with the table of the stored results between its markers."""
    grid = store.load("grid")
    begin, end = map(re.escape, MARKERS)
    table = f"{markdown(*grid_rows(grid))}\n\n{describe(grid['machine'])}"
    table += f"\n{limits_text(limits())}\n\n{waits_text()}\n\n{fits_text()}"
    found, count = re.subn(
        f"{begin}.*?{end}",
        lambda _: f"{MARKERS[0]}\n{table}\n{MARKERS[1]}",
        text,
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"the README must hold the markers {MARKERS} once, not {count} times")
    return found


if __name__ == "__main__":
    write_page()
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))
