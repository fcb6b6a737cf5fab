"""The arguments that each command takes."""

from pathlib import Path

from _fastcache.command import add_cache

from .._version import __version__
from ..covariances import COVARIANCE_TYPES
from ..selection import CRITERIA
from ..warm import DTYPES, LAYOUTS
from . import commands as run
from .arguments import Parser, column_list, component_list, list_of, number_type

# fmt: off
natural, whole = (number_type(int, least, "a whole number") for least in (1, 0))
real = number_type(float, 0, "a number")
TYPES = ("full, a matrix for each component; tied, one for all; diag, variances for each; "
    "spherical, one variance for each; VEI, variances whose ratios are the same in all components")
FILES = ".npy, .csv or .parquet, a row a sample; several, or a folder, are one table"


def make_parser():
    """Return the parser of ``python -m fastgmm``."""
    parser = Parser(prog="python -m fastgmm", description="Fit Gaussian mixtures by EM.")
    parser.add_argument("--version", action="version", version=f"fastgmm {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_fit(commands.add_parser("fit", help="fit a mixture and show it",
        description="Fit a Gaussian mixture, print it as a table and draw it. Files may be larger "
        "than the memory."))
    _add_predict(commands.add_parser("predict", help="apply a saved mixture to rows",
        description="Write the most likely component of each row, or probabilities or densities."))
    _add_select(commands.add_parser("select", help="choose the components by BIC, AIC or ICL",
        description="Fit many mixtures and compare them by BIC, AIC and ICL (smaller is better)."))
    _add_info(commands.add_parser("info", help="show a saved mixture",
        description="Print a saved mixture as a table."))
    _add_warmup(commands.add_parser("warmup", help="compile ahead what fits will need",
        description="Compile what fits and predictions run, and keep it: for container images and "
        "CI. It serves all covariance types, sizes, and numbers of threads."))
    add_cache(commands).set_defaults(run=run.cache)
    return parser


def _add_fit(fit):
    fit.set_defaults(run=run.fit)
    fit.add_argument("--components", type=natural, metavar="K",
        help="number of components (default: 2)")
    fit.add_argument("--covariance", choices=COVARIANCE_TYPES,
        help=f"covariance type: {TYPES} (default: full)")
    fit.add_argument("--plot", type=Path, metavar="PNG", help="draw data and ellipses here "
        f"(default: {run.FAITHFUL_PICTURE} for Old Faithful, else no picture)")
    fit.add_argument("--labels", type=Path, metavar="OUT",
        help="write the component of each row here: a .parquet, .csv or .npy")
    fit.add_argument("--resume", type=Path, metavar="MODEL",
        help="go on from a saved mixture, for instance one of a sample")
    fit.add_argument("--full", action="store_true", help="show all components and features")
    _add_data(fit)
    _add_em(fit, n_init=None, tol=1e-3, why="as scikit-learn's")


def _add_select(select):
    select.set_defaults(run=run.choose)
    select.add_argument("--components", type=component_list, default="1:10", metavar="1:10",
        help="numbers of components, FIRST:LAST or a list, 1,2,5 (default: %(default)s)")
    select.add_argument("--covariance", type=list_of(COVARIANCE_TYPES), default="full",
        metavar="TYPES",
        help=f"some of {','.join(COVARIANCE_TYPES)}, or all: {TYPES} (default: %(default)s)")
    select.add_argument("--criterion", choices=CRITERIA, default="bic",
        help="what chooses (default: %(default)s)")
    select.add_argument("--plot", type=Path, metavar="PNG", help="draw the criteria here")
    select.add_argument("--jobs", type=natural, default=1, metavar="J",
        help="mixtures that are fitted at once (default: %(default)s)")
    _add_data(select)
    _add_em(select, n_init=5, tol=1e-6, why="finer than fit's, for criteria are compared to a few "
        "units over all rows")


def _add_data(command):
    command.add_argument("files", nargs="*", type=Path, metavar="FILE",
        help=f"{FILES}; Old Faithful when left out")
    command.add_argument("--features", type=column_list, metavar="a,b",
        help="columns to take, by name or number from 0 (default: all)")
    command.add_argument("--weight", type=lambda text: column_list(text)[0], metavar="w",
        help="column with the weight of each row")
    command.add_argument("--columns", action="store_true",
        help="show the names of the columns, and do nothing else")
    command.add_argument("--sample", type=natural, metavar="N",
        help="fit to so many rows, drawn at random from equal parts of the file")
    command.add_argument("--missing", action="store_const", const="allow", default="refuse",
        help="NaN, nulls and empty cells are values that are missing at random")
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _add_em(command, n_init, tol, why):
    starts = f"{run.STARTS}; {run.STARTS_OF_STREAMS} where rows are too many for the memory"
    command.add_argument("--out", type=Path, metavar="MODEL.npz", help="save the model here")
    command.add_argument("--init", type=natural, default=n_init, metavar="N", dest="n_init",
        help=f"number of starts, of which the best is kept (default: {n_init or starts})")
    command.add_argument("--seed", type=whole, default=0, metavar="S", dest="random_state",
        help="seed of the starts (default: %(default)s)")
    command.add_argument("--tol", type=real, default=tol, metavar="T",
        help="a start ends when the log-likelihood a row moves less (default: %(default)s, "
        f"{why})")
    command.add_argument("--max-iter", type=natural, default=1000, metavar="N",
        help="most EM iterations of a start (default: %(default)s)")
    command.add_argument("--reg-covar", type=real, default=1e-6, metavar="R",
        help="added to the variances, in squared units of the data (default: %(default)s)")


def _add_predict(predict):
    predict.set_defaults(run=run.predict)
    predict.add_argument("model", type=Path, metavar="MODEL", help="what fit --out saved")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE", help=FILES)
    predict.add_argument("--out", type=Path, required=True, help="a .parquet, .csv or .npy to "
        "write")
    what = predict.add_mutually_exclusive_group()
    what.add_argument("--proba", action="store_true",
        help="write the posterior probability of each component")
    what.add_argument("--score", action="store_true", help="write the log density, in nats")


def _add_info(info):
    info.set_defaults(run=run.info)
    info.add_argument("model", type=Path, metavar="MODEL", help="what fit --out saved")
    info.add_argument("--full", action="store_true", help="show all components and features")


def _add_warmup(warm):
    warm.set_defaults(run=run.warmup)
    warm.add_argument("--dtypes", type=list_of(DTYPES), default="float64", metavar="TYPES",
        help=f"some of {','.join(DTYPES)}, or all (default: %(default)s)")
    warm.add_argument("--layouts", type=list_of(LAYOUTS), default="C,F", metavar="LAYOUTS",
        help=f"of arrays: some of {','.join(LAYOUTS)}, or all (default: %(default)s)")
    warm.add_argument("--steps", action="store_true",
        help="also what em_step, e_step and score_rows run")
