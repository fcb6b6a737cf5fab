"""The command line: ``python -m fastad cache``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from _fastcache.command import add_cache, report


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status, 0.

    Parameters
    ----------
    argv : list of str, optional
        The arguments; by default those of the process.

    Raises
    ------
    SystemExit
        By argparse: status 0 after ``--help``, 2 for arguments that it cannot parse.
    """
    parser = argparse.ArgumentParser(
        prog="python -m fastad", description="Look after what fastad keeps on disk."
    )
    add_cache(parser.add_subparsers(title="commands", metavar="COMMAND", required=True))
    print(*report(parser.parse_args(argv).clear), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
