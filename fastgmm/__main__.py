"""The command line: ``python -m fastgmm fit``, ``predict``, ``select``, ``warmup``, ``cache``."""

import contextlib
import importlib.util
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from _fastcache.command import add_cache, report
from _fastcache.notice import silence

from ._version import __version__
from .arguments import Parser, component_list, list_of, number_type
from .covariances import COVARIANCE_TYPES
from .datasets import load_faithful
from .files import read_table
from .model.estimator import GaussianMixture
from .plotting import DPI, plot_criteria, plot_mixture
from .selection import CRITERIA, select
from .simd.compiled import STORE
from .warm import DTYPES, LAYOUTS, warmup

FAITHFUL_PICTURE = Path("faithful.png")

# Larger mixtures are cut to this in the table of `fit`; the file of --out has everything.
MOST_COMPONENTS = 12
MOST_FEATURES = 6


def main(argv=None):
    """Run a command; return the exit status: 0, 2 for a bad file or argument, 130 for Ctrl-C.

    Parameters
    ----------
    argv : list of str, optional
        The arguments; by default those of the process.

    Raises
    ------
    SystemExit
        By argparse: status 0 after ``--help``, 2 for arguments that it cannot parse.

    Examples
    --------
    >>> from fastgmm.__main__ import main
    >>> main(["fit", "no_such_file.csv"])  # says so on stderr
    2
    """
    arguments = _parser().parse_args(argv)
    try:
        quiet = silence() if getattr(arguments, "quiet", False) else contextlib.nullcontext()
        with quiet, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default", UserWarning)
            status = arguments.run(arguments)
        for warning in caught:  # now, for they would have been lost in the progress bar
            _say(f"warning: {warning.message}")
        return status
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"error: {where}{error.strerror or error}", 2)
    except (ValueError, ImportError) as error:
        return _say(f"error: {error}", 2)


def _say(message, status=0):
    """Print the first line of a message on stderr; return the status."""
    print(f"fastgmm: {message.strip().splitlines()[0]}", file=sys.stderr)
    return status


def _show(*lines):
    """Print lines on stdout; where nobody reads them, as after ``| head``, go on without."""
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _listed(names):
    """Return names in one line: one with a comma in it in quotes."""
    return ", ".join(f'"{name}"' if "," in name else name for name in names)


# -- commands --------------------------------------------------------------------------


def _fit(arguments):
    picture = arguments.plot or (FAITHFUL_PICTURE if arguments.file is None else None)
    if picture and not arguments.plot and not _has_matplotlib():
        picture = None
        _say("no picture, which needs Matplotlib: pip install matplotlib")
    _check_outputs(arguments.out, picture)
    X, names = _data(arguments.file)

    with _bar(arguments.quiet, unit=" iterations") as bar:

        def show(state):
            bar.set_description_str(f"start {state.init + 1} of {arguments.n_init}", refresh=False)
            bar.set_postfix_str(f"log-likelihood a row {state.lower_bound:.6f}", refresh=False)
            _step(bar)

        options = {"covariance_type": arguments.covariance, **_em_options(arguments)}
        model = GaussianMixture(arguments.components, callback=show, **options)
        try:
            model.fit(X)
        except KeyboardInterrupt:
            if arguments.out is None or not hasattr(model, "weights_"):
                raise
            _save(model, names, arguments.out)
            return _say(f"interrupted; {arguments.out} keeps the last iteration", 130)
    _show(_data_line(arguments.file, X, names), "", _fit_report(model, X, names))
    if picture:
        ax = plot_mixture(X, model, _new_axes(), feature_names=names)
        ax.figure.savefig(picture)
        _show(f"picture         {picture.resolve()}")
    if arguments.out:
        _save(model, names, arguments.out)
    return 0


def _predict(arguments):
    out = arguments.out
    if out.suffix.lower() not in (".csv", ".npy"):
        raise ValueError(f"--out must end in .csv or .npy, got {out}")
    _check_outputs(out, None)
    model = GaussianMixture.load(arguments.model)
    X, names = _data(arguments.file)
    # taken off the model, for the array X has no names to compare with them
    expected = vars(model).pop("feature_names_in_", None)
    if names and expected is not None and list(names) != list(expected):
        raise ValueError(
            f"{arguments.file}: expected the columns {_listed(expected)} of {arguments.model}, "
            f"got {_listed(names)}"
        )
    if arguments.proba:
        what, values, form = "rows of probabilities", model.predict_proba(X), "%.17g"
        header = ",".join(f"component_{k}" for k in range(values.shape[1]))
    elif arguments.score:
        what, values, form = "log densities", model.score_samples(X), "%.17g"
        header = "log_density"
    else:
        what, values, form, header = "labels", model.predict(X), "%d", "component"
    if out.suffix.lower() == ".npy":
        np.save(out, values)
    else:
        np.savetxt(out, values, form, delimiter=",", header=header, comments="")
    _show(f"{len(values):,} {what}: {out.resolve()}")
    return 0


def _select(arguments):
    _check_outputs(arguments.out, arguments.plot)
    X, names = _data(arguments.file)

    tried = (arguments.components, arguments.covariance)
    with _bar(arguments.quiet, unit=" models", total=len(tried[0]) * len(tried[1])) as bar:
        options = {"criterion": arguments.criterion, **_em_options(arguments)}
        selection = select(X, *tried, progress=lambda _: _step(bar), **options)
    _show(_data_line(arguments.file, X, names), "", selection)
    if arguments.plot:
        plot_criteria(selection, ax=_new_axes()).figure.savefig(arguments.plot)
        _show(f"picture         {arguments.plot.resolve()}")
    if arguments.out:
        _save(selection.best_estimator, names, arguments.out)
    return 0


def _warmup(arguments):
    began = time.perf_counter()
    n = warmup(arguments.dtypes, arguments.layouts, arguments.steps)
    _show(f"{n} functions compiled in {time.perf_counter() - began:.1f} s; in {STORE.used}")
    return 0


def _cache(arguments):
    _show(*report(arguments.clear))
    return 0


def _em_options(arguments):
    names = ("n_init", "random_state", "tol", "max_iter", "reg_covar")
    return {name: getattr(arguments, name) for name in names}


# -- files -----------------------------------------------------------------------------


def _data(file):
    """Return the rows of a file, or Old Faithful's, and the feature names or None."""
    return load_faithful(return_names=True) if file is None else read_table(file)


def _save(model, names, path):
    """Write the model with the names of its features, and say where it is."""
    model.set_params(callback=None)
    if names:
        model.feature_names_in_ = np.array(names, dtype=object)
    model.save(path)
    _show(f"model           {path.resolve()}")


def _check_outputs(out, picture):
    """Refuse at the door what would fail after a long fit."""
    for path in filter(None, (out, picture)):
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
        if path.is_dir():
            raise IsADirectoryError(f"{path}: expected a file, got a folder")
    if picture:
        if not _has_matplotlib():
            raise ImportError("--plot needs Matplotlib: pip install matplotlib")
        from matplotlib.backend_bases import FigureCanvasBase

        formats = FigureCanvasBase.get_supported_filetypes()
        if picture.suffix.lower()[1:] not in formats:
            raise ValueError(f"--plot must end in one of .{', .'.join(formats)}, got {picture}")


def _has_matplotlib():
    return importlib.util.find_spec("matplotlib") is not None


def _new_axes():
    """Return axes of a figure that no window and no backend knows of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(6.4, 4.8), dpi=DPI, layout="constrained").add_subplot()


# -- what is shown ---------------------------------------------------------------------


def _bar(quiet, **options):
    """Return a progress bar on stderr that appears after a second."""
    from tqdm import tqdm

    interval = 0.1 if sys.stderr.isatty() else 10.0  # a log gets a line now and then
    return tqdm(
        disable=quiet, delay=1.0, mininterval=interval, leave=False, file=sys.stderr, **options
    )


def _step(bar):
    """Move a bar, whose time begins with the first step: what is compiled before is no measure."""
    if not bar.n:
        bar.unpause()
    bar.update()


def _data_line(file, X, names):
    title = "Old Faithful" if file is None else file.name
    listed = f" ({_listed(names)})" if names and len(names) <= MOST_FEATURES else ""
    plural = "s" if X.shape[1] > 1 else ""
    return f"{title}: {X.shape[0]:,} rows, {X.shape[1]} feature{plural}{listed}"


def _fit_report(model, X, names):
    """Return the fitted mixture as a table, and the figures of the fit."""
    mean = model.score(X)
    done = "converged" if model.converged_ else "not converged: raise --max-iter or --tol"
    return "\n".join(
        [
            *_mixture_table(model, names),
            "",
            f"log-likelihood  {mean * X.shape[0]:.3f} ({mean:.6f} a row)",
            f"iterations      {model.n_iter_} ({done})",
            f"BIC             {model.bic(X):.3f} (smaller is better)",
        ]
    )


def _mixture_table(model, names):
    """Yield the lines of a table of weights, means and covariances, largest weight first."""
    mixture = model.mixture_
    k, d = mixture.means.shape
    shown = slice(MOST_FEATURES)
    names = names or [f"feature {j}" for j in range(d)]
    spread = "covariance" if mixture.covariances.ndim == 3 else "variance"
    tied = model.covariance_type == "tied"
    table = [["component", "weight", "", *names[shown]]]

    def add(component, weight, what, rows, form):
        for row in np.atleast_2d(rows)[shown, shown]:
            table.append([component, weight, what, *(f"{x:{form}}" for x in row)])
            component = weight = what = ""

    for j in np.argsort(-mixture.weights, kind="stable")[:MOST_COMPONENTS]:
        rows = mixture.covariances[0 if tied else j]
        rows = rows if rows.ndim == 2 else np.broadcast_to(rows, d)
        smallest = np.diag(rows).min() if rows.ndim == 2 else rows.min()
        largest = max(np.abs(rows).max(), np.abs(mixture.means[j]).max())
        # four decimals, unless these would not tell
        form = ".4f" if smallest >= 1e-3 and largest < 1e7 else ".4e"
        add(str(j), f"{mixture.weights[j]:.4f}", "mean", mixture.means[j], form)
        if not tied:
            add("", "", spread, rows, form)
    if tied:
        add("all", "", spread, rows, form)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[2] = row[2].ljust(widths[2])
        yield "  ".join(cells).rstrip()
    if k > MOST_COMPONENTS or d > MOST_FEATURES:
        yield (
            f"(the {min(k, MOST_COMPONENTS)} largest of {k} components, the first "
            f"{min(d, MOST_FEATURES)} of {d} features; --out MODEL.npz keeps all)"
        )


# -- arguments -------------------------------------------------------------------------


def _parser():
    # fmt: off
    natural, whole = (number_type(int, least, "a whole number") for least in (1, 0))
    real = number_type(float, 0, "a number")
    parser = Parser(prog="python -m fastgmm", description="Fit Gaussian mixtures by EM.")
    parser.add_argument("--version", action="version", version=f"fastgmm {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    fit = commands.add_parser("fit", help="fit a mixture and show it",
        description="Fit a Gaussian mixture, print it as a table and draw it.")
    predict = commands.add_parser("predict", help="apply a saved mixture to rows",
        description="Write the most likely component of each row, or probabilities or densities.")
    choose = commands.add_parser("select", help="choose the components by BIC, AIC or ICL",
        description="Fit many mixtures and compare them by BIC, AIC and ICL (smaller is better).")

    fit.set_defaults(run=_fit)
    fit.add_argument("--components", type=natural, default=2, metavar="K",
        help="number of components (default: %(default)s)")
    fit.add_argument("--covariance", choices=COVARIANCE_TYPES, default="full",
        help="covariance type (default: %(default)s)")
    fit.add_argument("--plot", type=Path, metavar="PNG", help="draw data and ellipses here "
        f"(default: {FAITHFUL_PICTURE} for Old Faithful, else no picture)")

    choose.set_defaults(run=_select)
    choose.add_argument("--components", type=component_list, default="1:10", metavar="1:10",
        help="numbers of components, FIRST:LAST or a list, 1,2,5 (default: %(default)s)")
    choose.add_argument("--covariance", type=list_of(COVARIANCE_TYPES), default="full",
        metavar="TYPES",
        help=f"some of {','.join(COVARIANCE_TYPES)}, or all (default: %(default)s)")
    choose.add_argument("--criterion", choices=CRITERIA, default="bic",
        help="what chooses (default: %(default)s)")
    choose.add_argument("--plot", type=Path, metavar="PNG", help="draw the criteria here")

    for command, n_init, tol in ((fit, 10, 1e-3), (choose, 5, 1e-6)):
        command.add_argument("file", nargs="?", type=Path, metavar="FILE",
            help=".npy, .csv or .parquet, a row a sample; Old Faithful when left out")
        command.add_argument("--out", type=Path, metavar="MODEL.npz", help="save the model here")
        command.add_argument("--init", type=natural, default=n_init, metavar="N", dest="n_init",
            help="number of starts, of which the best is kept (default: %(default)s)")
        command.add_argument("--seed", type=whole, default=0, metavar="S", dest="random_state",
            help="seed of the starts (default: %(default)s)")
        command.add_argument("--tol", type=real, default=tol, metavar="T",
            help="a start ends when the log-likelihood a row moves less (default: %(default)s)")
        command.add_argument("--max-iter", type=natural, default=1000, metavar="N",
            help="most EM iterations of a start (default: %(default)s)")
        command.add_argument("--reg-covar", type=real, default=1e-6, metavar="R",
            help="added to the variances, in squared units of the data (default: %(default)s)")
        command.add_argument("--quiet", action="store_true", help="show no progress bar")

    predict.set_defaults(run=_predict)
    predict.add_argument("model", type=Path, metavar="MODEL", help="what fit --out saved")
    predict.add_argument("file", type=Path, metavar="FILE", help=".npy, .csv or .parquet")
    predict.add_argument("--out", type=Path, required=True, help="a .csv or .npy to write")
    what = predict.add_mutually_exclusive_group()
    what.add_argument("--proba", action="store_true",
        help="write the posterior probability of each component")
    what.add_argument("--score", action="store_true", help="write the log density, in nats")
    _add_upkeep(commands)
    # fmt: on
    return parser


def _add_upkeep(commands):
    """Add the parsers of ``warmup`` and ``cache``."""
    # fmt: off
    warm = commands.add_parser("warmup", help="compile now what fits and predictions will need",
        description="Compile what fits and predictions run, and keep it: for container images and "
        "CI. It serves all covariance types, sizes, and numbers of threads.")
    warm.set_defaults(run=_warmup)
    warm.add_argument("--dtypes", type=list_of(DTYPES), default="float64", metavar="TYPES",
        help=f"some of {','.join(DTYPES)}, or all (default: %(default)s)")
    warm.add_argument("--layouts", type=list_of(LAYOUTS), default="C,F", metavar="LAYOUTS",
        help=f"of arrays: some of {','.join(LAYOUTS)}, or all (default: %(default)s)")
    warm.add_argument("--steps", action="store_true",
        help="also what em_step, e_step and score_rows run")
    add_cache(commands).set_defaults(run=_cache)
    # fmt: on


if __name__ == "__main__":
    sys.exit(main())
