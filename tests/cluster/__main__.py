"""
The command line of the cluster in a box.

python -m tests.cluster up                  start a cluster that stays, and say how to reach it
python -m tests.cluster down                end it
python -m tests.cluster run -- COMMAND      start one, run COMMAND with it, end it; the exit code is COMMAND's
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
import typing as t

from tests.cluster.binaries import find_programs
from tests.cluster.cluster import EXISTING, start_cluster
from tests.cluster.errors import ClusterError
from tests.cluster.state import detach, end

if t.TYPE_CHECKING:
    import types

DEFAULT_NAME: t.Final = "default"
FAILED: t.Final = 1
NOT_FOUND: t.Final = 127
SIGNAL_BASE: t.Final = 128
GRACE_SECONDS: t.Final = 60


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return SIGNAL_BASE + signal.SIGINT


def up(options: argparse.Namespace) -> int:
    """Start a cluster that stays."""
    existing = os.environ.get(EXISTING)
    if existing:
        print(f"{EXISTING} is set: that cluster is used as it is, and nothing is started")
        print(f"  export KUBECONFIG={shlex.quote(existing)}")
        return 0
    programs = find_programs()
    clock = _Clock()
    detached = detach(options.name, programs)
    print(f"cluster {detached.name} is ready at {detached.server} ({clock.lap()})")
    print(f"  export KUBECONFIG={shlex.quote(str(detached.kubeconfig))}")
    print(f"  export PATH={shlex.quote(str(detached.kubectl.parent))}:$PATH    # for kubectl")
    name = "" if detached.name == DEFAULT_NAME else f" --name {detached.name}"
    print(f"  end it with: python -m tests.cluster down{name}")
    return 0


def down(options: argparse.Namespace) -> int:
    """End it."""
    clock = _Clock()
    was_there = end(options.name)
    print(f"cluster {options.name} is gone ({clock.lap()})" if was_there else f"no cluster {options.name} is up")
    return 0


def run(options: argparse.Namespace) -> int:
    """Start a cluster, run a command with it, end the cluster."""
    if EXISTING not in os.environ:
        find_programs()
    clock = _Clock()
    with start_cluster() as cluster:
        _tell(f"cluster at {cluster.server} is ready ({clock.lap()})")
        code = _run_command(options.argv, cluster.environment)
        _tell(f"the command ended with {code} ({clock.lap()})")
    _tell(f"cluster is gone ({clock.lap()})" if cluster.is_ours else "cluster stays as it is")
    return code


class _Clock:
    """Tells how long each step took."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> str:
        """Seconds since the last call, for example ``3.4 s``."""
        before, self._last = self._last, time.monotonic()
        return f"{self._last - before:.1f} s"


def _run_command(command: t.Sequence[str], environment: t.Mapping[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        _tell(f"{command[0]}: {error.strerror}")
        return NOT_FOUND
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # A terminal sends Ctrl-C to the command as well: it may end in its own way.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        code = _end_command(process)
    except BaseException:
        _end_command(process)
        raise
    return SIGNAL_BASE - code if code < 0 else code


def _end_command(process: subprocess.Popen[bytes]) -> int:
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _tell(message: str) -> None:
    """To standard error: standard output is the command's."""
    print(f"tests.cluster: {message}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument(
        "--name", default=DEFAULT_NAME, help="several clusters can be up side by side (default: %(default)s)"
    )

    commands.add_parser("up", parents=[named], help="start a cluster that stays").set_defaults(command=up)
    commands.add_parser("down", parents=[named], help="end it").set_defaults(command=down)
    running = commands.add_parser(
        "run",
        usage="python -m tests.cluster run -- COMMAND...",
        help="run a command with a cluster of its own",
    )
    running.add_argument("argv", nargs="+", metavar="COMMAND", help="the command and its arguments")
    running.set_defaults(command=run)
    return parser


def _leave(number: int, _frame: types.FrameType | None) -> t.NoReturn:
    sys.exit(SIGNAL_BASE + number)


if __name__ == "__main__":
    sys.exit(main())
