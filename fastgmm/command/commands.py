"""What each command does."""

import importlib.util
import os
import sys
import time
from pathlib import Path

import numpy as np

from _fastcache.command import report as cache_report

from ..datasets import load_faithful
from ..model.estimator import GaussianMixture
from ..plotting import DPI, plot_criteria, plot_mixture
from ..rows import Rows, open_rows
from ..rows.opening import reader_of
from ..rows.writing import check_written
from ..selection import select
from ..simd.compiled import STORE
from ..warm import warmup as compile_all
from .progress import Remaining, in_words, make_progress
from .report import data_line, fit_report, model_report

FAITHFUL_PICTURE = Path("faithful.png")
DRAWN_ROWS = 20_000  # of rows that are not in memory

# Starts of a fit, unless said otherwise: of rows that are read anew in each pass, one.
STARTS, STARTS_OF_STREAMS = 10, 1


def say(message, status=0):
    """Print the first line of a message on stderr; return the status."""
    print(f"fastgmm: {message.strip().splitlines()[0]}", file=sys.stderr)
    return status


def show(*lines):
    """Print lines on stdout; where nobody reads them, as after ``| head``, go on without."""
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


# -- commands --------------------------------------------------------------------------


def fit(arguments):
    """Fit a mixture, show and draw it, save it, and write the labels of the rows."""
    data = Data(arguments)
    if arguments.columns:
        return _show_columns(data)
    picture = arguments.plot or (FAITHFUL_PICTURE if not arguments.files else None)
    if picture and not arguments.plot and not _has_matplotlib():
        picture = None
        say("no picture, which needs Matplotlib: pip install matplotlib")
    _check_outputs(arguments.out, picture, arguments.labels, arguments.files)
    model = _resumed(arguments) if arguments.resume else _new_model(arguments, data)
    remaining = Remaining(model.tol, model.max_iter)
    with make_progress(arguments.quiet, unit="rows") as progress:

        def follow(state):
            start = f"start {state.init + 1} of {model.n_init}, iteration {state.iteration}"
            figures = [f"log-likelihood a row {state.lower_bound:.6f}", in_words(remaining(state))]
            progress.step(data.n_fitted, start, ", ".join(filter(None, figures)))

        model.set_params(callback=follow)
        try:
            model.fit(data.fitted, sample_weight=data.fitted_weights)
        except KeyboardInterrupt:
            if arguments.out is None or not hasattr(model, "weights_"):
                raise
            _save(model, data.names, arguments.out)
            return say(f"interrupted; {arguments.out} keeps the last iteration", 130)
    total = model._total(data.fitted, data.fitted_weights)
    lines = fit_report(model, total, data.names, arguments.full)
    show(data.line(), "", *lines)
    if picture:
        # Of Old Faithful the unit is known.
        labels = data.names if data.files else [f"{name} (minutes)" for name in data.names]
        ax = plot_mixture(data.drawn(), model, _new_axes(), feature_names=labels)
        ax.figure.savefig(picture)
        show(f"picture         {picture.resolve()}")
    if arguments.out:
        _save(model, data.names, arguments.out)
    if arguments.labels:
        show(f"labels          {model.predict(data.all, out=arguments.labels).resolve()}")
    return 0


def predict(arguments):
    """Write the components of rows, or probabilities or densities."""
    out = arguments.out
    check_written(out, arguments.files)
    model = GaussianMixture.load(arguments.model)
    reader, columns = reader_of(list(arguments.files)), None
    if reader.names is None:  # there is nothing to compare with
        vars(model).pop("feature_names_in_", None)
    elif hasattr(model, "feature_names_in_"):
        columns = list(model.feature_names_in_)
    rows = Rows(reader, columns=columns)
    rows = rows.allowing_missing() if model.missing == "allow" else rows
    if arguments.proba:
        what, method = "rows of probabilities", model.predict_proba
    elif arguments.score:
        what, method = "log densities", model.score_samples
    else:
        what, method = "labels", model.predict
    method(rows, out=out)
    show(f"{rows.n_rows:,} {what}: {out.resolve()}")
    return 0


def choose(arguments):
    """Fit many mixtures, show and draw their criteria, and save the best."""
    data = Data(arguments)
    if arguments.columns:
        return _show_columns(data)
    _check_outputs(arguments.out, arguments.plot)
    tried = (arguments.components, arguments.covariance)
    options = {"criterion": arguments.criterion, "n_jobs": arguments.jobs}
    options |= _em_options(arguments, data)
    with make_progress(
        arguments.quiet, unit="models", total=len(tried[0]) * len(tried[1])
    ) as progress:
        try:
            selection = select(
                data.fitted,
                *tried,
                sample_weight=data.fitted_weights,
                progress=lambda row: progress.step(
                    1, f"{row.n_components} components, {row.covariance_type}"
                ),
                **options,
            )
            ended = None
        except KeyboardInterrupt as interrupt:
            selection, ended = getattr(interrupt, "selection", None), "interrupted"
            if selection is None:
                raise
    show(data.line(), "", selection)
    if arguments.plot:
        plot_criteria(selection, ax=_new_axes()).figure.savefig(arguments.plot)
        show(f"picture         {arguments.plot.resolve()}")
    if arguments.out:
        _save(selection.best_estimator, data.names, arguments.out)
    return say(f"{ended}; the table is of what was done", 130) if ended else 0


def info(arguments):
    """Show a saved model."""
    show(*model_report(arguments.model, GaussianMixture.load(arguments.model), arguments.full))
    return 0


def warmup(arguments):
    """Compile ahead."""
    began = time.perf_counter()
    n = compile_all(arguments.dtypes, arguments.layouts, arguments.steps)
    show(f"{n} functions compiled in {time.perf_counter() - began:.1f} s; in {STORE.used}")
    return 0


def cache(arguments):
    """Show what compiled code is kept, or clear it."""
    show(*cache_report(arguments.clear))
    return 0


# -- rows ------------------------------------------------------------------------------


class Data:
    """The rows of the files that a command names, or Old Faithful's; and a sample, if asked for.

    Attributes
    ----------
    all : Rows or ndarray
    fitted : Rows or ndarray
        Those that are fitted to: a sample, if one is asked for.
    fitted_weights : ndarray or None
        Of a sample of rows that have weights.
    names : list of str or None
    """

    def __init__(self, arguments):
        self.files, self.fitted_weights = arguments.files, None
        if self.files:
            chosen = {"columns": arguments.features, "weight": arguments.weight}
            self.all = open_rows(list(self.files), **chosen)
            if arguments.missing == "allow":
                self.all = self.all.allowing_missing()
            self.names = self.all.names and list(self.all.names)
        else:
            _refuse_choices(arguments)
            self.all, self.names = load_faithful(return_names=True)
        self.fitted, self.sampled = self.all, arguments.sample
        if self.sampled and self.files and not arguments.columns:
            self.fitted, self.fitted_weights = self.all.sample(self.sampled, arguments.random_state)

    @property
    def n_fitted(self):
        return self.fitted.shape[0]

    @property
    def streamed(self):
        """Whether rows are read anew in each pass."""
        return isinstance(self.fitted, Rows) and self.fitted.in_memory() is None

    def line(self):
        title = "Old Faithful"
        if self.files:
            title = self.files[0].name
            title += f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        line = data_line(title, self.all.shape, self.names)
        return f"{line}; {self.n_fitted:,} drawn from them" if self.fitted is not self.all else line

    def drawn(self):
        """Return an array of rows to draw."""
        if not isinstance(self.fitted, Rows):
            return self.fitted
        if self.streamed:
            return self.fitted.sample(DRAWN_ROWS)[0]
        return self.fitted.in_memory()[0]


def _refuse_choices(arguments):
    """Refuse what is said about files where there are none."""
    for name in ("features", "weight", "sample"):
        if getattr(arguments, name) is not None:
            raise ValueError(f"--{name} is about files, and Old Faithful is none: give FILE")
    if arguments.missing != "refuse":
        raise ValueError("--missing is about files, and Old Faithful is none: give FILE")


def _show_columns(data):
    names = data.names or [f"{j} (it has no name)" for j in range(data.all.shape[1])]
    show(*names)
    return 0


# -- models and files ------------------------------------------------------------------


def _new_model(arguments, data):
    covariance = arguments.covariance or "full"
    options = {"covariance_type": covariance, **_em_options(arguments, data)}
    return GaussianMixture(arguments.components or 2, **options)


def _resumed(arguments):
    """Return a saved model that goes on from where it was."""
    model = GaussianMixture.load(arguments.resume)
    own = {"components": model.n_components, "covariance": model.covariance_type}
    for name, value in own.items():
        given = getattr(arguments, name)
        if given not in (None, value):
            raise ValueError(f"--{name} is {given}, but {arguments.resume} has {value}")
    options = {name: getattr(arguments, name) for name in ("tol", "max_iter", "random_state")}
    return model.set_params(warm_start=True, n_init=1, **options)


def _em_options(arguments, data):
    names = ("n_init", "random_state", "tol", "max_iter", "reg_covar", "missing")
    options = {name: getattr(arguments, name) for name in names}
    if options["n_init"] is None:
        options["n_init"] = STARTS_OF_STREAMS if data.streamed else STARTS
    return options


def _save(model, names, path):
    """Write the model with the names of its features, and say where it is."""
    model.set_params(callback=None, warm_start=False)
    if names:
        model.feature_names_in_ = np.array(names, dtype=object)
    model.save(path)
    show(f"model           {path.resolve()}")


def _check_outputs(out, picture, labels=None, read=()):
    """Refuse at the door what would fail after a long fit."""
    for path in filter(None, (out, picture)):
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
        if path.is_dir():
            raise IsADirectoryError(f"{path}: expected a file, got a folder")
    if labels:
        check_written(labels, read)
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
