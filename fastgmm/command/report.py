"""What the commands print: mixtures as tables, and the figures of a fit."""

import math

import numpy as np

from ..display import aligned

# Larger mixtures are cut to this unless all is asked for; the file of --out has everything.
MOST_COMPONENTS = 12
MOST_FEATURES = 6


def listed(names):
    """Return names in one line: one with a comma in it in quotes."""
    return ", ".join(f'"{name}"' if "," in name else name for name in names)


def data_line(title, shape, names):
    """Return a line about the rows: whose, how many, of which features."""
    short = f" ({listed(names)})" if names is not None and len(names) <= MOST_FEATURES else ""
    plural = "s" if shape[1] > 1 else ""
    return f"{title}: {shape[0]:,} rows, {shape[1]} feature{plural}{short}"


def fit_report(model, total, names, full=False):
    """Yield the lines of a fitted mixture as a table, and of the figures of the fit.

    total: the log-likelihood of the rows and their number.
    """
    log_likelihood, n_rows = total
    bic = -2 * log_likelihood + model._n_parameters() * math.log(n_rows)
    done = "converged" if model.converged_ else "not converged: raise --max-iter or --tol"
    yield from mixture_table(model, names, full)
    yield ""
    yield f"log-likelihood  {log_likelihood:.3f} ({log_likelihood / n_rows:.6f} a row)"
    yield f"iterations      {model.n_iter_} ({done})"
    yield f"BIC             {bic:.3f} (smaller is better)"


def model_report(path, model, full=False):
    """Yield the lines about a saved model."""
    names = getattr(model, "feature_names_in_", None)
    k, d = model.means_.shape
    named = f" ({listed(names)})" if names is not None and (full or d <= MOST_FEATURES) else ""
    yield f"{path.name}: a mixture of {k} component{'s' if k > 1 else ''}, {d} features{named}"
    yield f"covariances     {model.covariance_type}, {model.means_.dtype}"
    done = "converged" if model.converged_ else "not converged"
    yield f"iterations      {model.n_iter_} ({done})"
    yield f"lower bound     {model.lower_bound_:.6f} nats a row"
    yield f"parameters      {model._n_parameters():,}"
    yield ""
    yield from mixture_table(model, names, full)


def _form(means, covariances):
    """Return how all numbers of a table are written: by four decimals, unless they do not tell."""
    smallest = min(np.diag(c).min() if c.ndim == 2 else c.min() for c in covariances)
    largest = max(np.abs(numbers).max() for numbers in [means, *covariances])
    return ".4f" if smallest >= 1e-3 and largest < 1e7 else ".4e"


def mixture_table(model, names, full=False):
    """Yield the lines of a table of weights, means and covariances, largest weight first."""
    mixture = model.mixture_
    k, d = mixture.means.shape
    n_components, n_features = (k, d) if full else (MOST_COMPONENTS, MOST_FEATURES)
    shown = slice(n_features)
    names = [f"feature {j}" for j in range(d)] if names is None else names
    spread = "covariance" if mixture.covariances.ndim == 3 else "variance"
    tied = model.covariance_type == "tied"
    table = [["component", "weight", "", *names[shown]]]

    def add(component, weight, what, rows, form):
        for row in np.atleast_2d(rows):
            table.append([component, weight, what, *(f"{x:{form}}" for x in row)])
            component = weight = what = ""

    largest_first = np.argsort(-mixture.weights, kind="stable")[:n_components]
    means = mixture.means[largest_first][:, shown]
    covariances = [mixture.covariances[0 if tied else j] for j in largest_first]
    covariances = [
        c[shown, shown] if c.ndim == 2 else np.broadcast_to(c, d)[shown] for c in covariances
    ]
    form = _form(means, covariances)
    for j, mean, covariance in zip(largest_first, means, covariances, strict=True):
        add(str(j), f"{mixture.weights[j]:.4f}", "mean", mean, form)
        if not tied:
            add("", "", spread, covariance, form)
    if tied:
        add("all", "", spread, covariances[0], form)
    yield from aligned(table, left={2})
    if k > n_components or d > n_features:
        yield (
            f"(the {min(k, n_components)} largest of {k} components, the first "
            f"{min(d, n_features)} of {d} features; --full shows all, --out MODEL.npz keeps all)"
        )
