"""
The kubelet's own code beside ours.

python -m tests.oracle compare [--cases N] [--seed S] [--release R]...    generated cases
python -m tests.oracle vectors [--release R]...                           what the vectors of the unit tests say

A difference is told as the smallest line that shows it.
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import typing as t

from tests.cluster.binaries import RELEASES
from tests.cluster.errors import ClusterError
from tests.oracle.answerer import OracleError
from tests.oracle.compare import check_vectors, compare

CASES: t.Final = 5000
SEED: t.Final = 1


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Do what the command line says; 0 when there is no difference, 2 when there is no answer."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(143))  # as Ctrl-C: scratch folders are removed
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options) > 0)
    except (ClusterError, OracleError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _compare(options: argparse.Namespace) -> int:
    return compare(options.release or RELEASES[:1], options.cases, options.seed)


def _vectors(options: argparse.Namespace) -> int:
    return sum(check_vectors(release) for release in options.release or RELEASES[:1])


def _seed(text: str) -> int:
    return secrets.randbelow(10**9) if text == "new" else int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.oracle", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    released = argparse.ArgumentParser(add_help=False)
    released.add_argument(
        "--release",
        action="append",
        choices=RELEASES,
        help=f"of Kubernetes, repeatable (default: {RELEASES[0]})",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    comparing = commands.add_parser("compare", parents=[released], help="compare generated cases")
    comparing.add_argument("--cases", type=int, default=CASES, help="how many (default: %(default)s)")
    comparing.add_argument(
        "--seed", type=_seed, default=SEED, help='a number, or "new" for one that is told (default: %(default)s)'
    )
    comparing.set_defaults(command=_compare)
    commands.add_parser("vectors", parents=[released], help="check the vectors").set_defaults(command=_vectors)
    return parser


if __name__ == "__main__":
    sys.exit(main())
