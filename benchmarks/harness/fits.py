"""The table and the plot of whole fits and predictions, from `benchmarks.mixtures.whole_fits`."""

FITS = ("full", "tied", "diag", "spherical")
METHODS = ("predict", "predict_proba", "score_samples")


def _by_rows(entries, names):
    """Return {rows: {name: entry}} of the entries of some names."""
    found = {}
    for entry in entries:
        if entry["what"] in names:
            found.setdefault(entry["rows"], {})[entry["what"]] = entry
    return found


def fit_rows(stored):
    """Return the header and the rows of a table: how many times scikit-learn's time a fit takes."""
    header = ["rows", "a full fit", *(f"{name}: faster" for name in FITS)]
    header += [f"{name}: faster" for name in METHODS]
    fits, scored = (_by_rows(stored["entries"], names) for names in (FITS, METHODS))
    rows = []
    for n in sorted({*fits, *scored}):
        full = fits.get(n, {}).get("full")
        row = [f"{n:,}", f"{1e3 * full['ours']:.3g} ms" if full else "-"]
        cells = [fits.get(n, {}).get(name) for name in FITS]
        cells += [scored.get(n, {}).get(name) for name in METHODS]
        rows.append(row + [f"{c['ratio']:.1f}x" if c else "-" for c in cells])
    return header, rows


def plot_fits(axes, stored):
    """Plot the ratios against the rows."""
    for names, style in ((FITS, "o-"), (METHODS, "s--")):
        by_rows = _by_rows(stored["entries"], names)
        for name in names:
            points = [(n, e[name]["ratio"]) for n, e in sorted(by_rows.items()) if name in e]
            label = f"fit, {name}" if names is FITS else name
            axes.loglog(*zip(*points, strict=True), style, label=label, markersize=4)
    axes.axhline(1.0, color="0.4", linewidth=1.0)
    axes.set(xlabel="rows N", ylabel="scikit-learn's time over ours")
    axes.set_title("Whole calls with the defaults, D=4, K=3")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def quality_rows(stored):
    """Return the header and the rows of the table of likelihoods over ten seeds."""
    header = ["data, K, covariance", "ours", "scikit-learn's", "standard error", "best of ours"]
    header += ["best of theirs", "ours is"]
    return header, [
        [
            f"{e['data']}, {e['components']}, {e['covariance_type']}",
            *(f"{e[name]:.4f}" for name in ("ours", "theirs", "error")),
            *(f"{e[name]:.4f}" for name in ("best_of_ours", "best_of_theirs")),
            e["word"],
        ]
        for e in stored["entries"]
    ]
