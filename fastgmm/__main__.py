"""The command line: ``python -m fastgmm fit``, ``predict``, ``select``, ``info`` and others."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Sequence

from _fastcache.notice import silence

from .command.commands import say
from .command.parser import make_parser


def main(argv: Sequence[str] | None = None) -> int:
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
    arguments = make_parser().parse_args(argv)
    try:
        quiet = silence() if getattr(arguments, "quiet", False) else contextlib.nullcontext()
        with quiet, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default", UserWarning)
            status = arguments.run(arguments)
        for warning in caught:  # now, for they would have been lost in the progress bar
            say(f"warning: {warning.message}")
        return status
    except KeyboardInterrupt:
        return say("interrupted", 130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return say(f"error: {where}{error.strerror or error}", 2)
    except (ValueError, ImportError) as error:
        return say(f"error: {error}", 2)


if __name__ == "__main__":
    sys.exit(main())
