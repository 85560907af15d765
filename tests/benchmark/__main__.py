"""``python -m tests.benchmark``: how fast credentials are found, and the modules beside kubernetes.core."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import typing as t
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.benchmark import keyring, pods, work
from tests.benchmark.peer import Peer, install_peer
from tests.benchmark.requests import make_user
from tests.benchmark.table import Row, render
from tests.benchmark.usage import BenchmarkError, Stage, Usage
from tests.cluster.cluster import Cluster, start_cluster
from tests.cluster.errors import ClusterError
from tests.environment.layout import collections_path

OURS: t.Final = "regcred.kubernetes"
NOTE: t.Final = """
seconds: from start to exit of ansible-playbook; a task that does nothing takes {floor:.1f}. ~: computed from {loop} namespaces.
requests: as the API server counted them. module MiB: memory of the largest module process; peak MiB: of the largest process.
ratio: seconds, compared with ours. kubernetes.core {version} replaces a ServiceAccount's whole list; ours keeps what others added."""


def main() -> int:
    """Measure and tell; 0 when every run did its work, and none took longer than it may."""
    options = _options()
    found: list[dict[str, t.Any]] = []
    try:
        for name, part in PARTS.items():
            found += part(options) if options.part in (None, name) else []
    except (BenchmarkError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _keyring(_options: argparse.Namespace) -> list[dict[str, t.Any]]:
    rows = keyring.measure()
    print(keyring.render(rows), flush=True)
    return [{"case": "credentials for images", **asdict(row)} for row in rows]


def _modules(options: argparse.Namespace) -> list[dict[str, t.Any]]:
    peer = None if options.alone else install_peer()
    with (
        start_cluster() as cluster,
        collections_path() as collections,
        tempfile.TemporaryDirectory(prefix="regcred-benchmark-") as folder,
    ):
        rows, floor = _measure(cluster, Path(folder), collections, peer, options)
    print(render(rows))
    version = peer.version if peer else "(not measured)"
    print(NOTE.format(floor=floor, loop=options.loop, version=version))
    return [{"case": row.case, "way": row.way, "scaled": row.is_scaled, **asdict(row.usage)} for row in rows]


PARTS: t.Final = {"keyring": _keyring, "modules": _modules}
"""What is measured, all or the one that is named; keyring needs no cluster."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("part", nargs="?", choices=[*PARTS], help="a part of it; without, everything")
    parser.add_argument("--namespaces", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--loop", type=int, default=10, help="how many in the peer's loop (default: %(default)s)")
    parser.add_argument("--pods", type=int, default=10_000, help="how many are explained (default: %(default)s)")
    parser.add_argument("--alone", action="store_true", help="without the peer")
    parser.add_argument("--json", type=Path, help="where to write the numbers as well")
    return parser.parse_args()


def _measure(
    cluster: Cluster, folder: Path, collections: Path, peer: Peer | None, options: argparse.Namespace
) -> tuple[list[Row], float]:
    stage = Stage(folder, cluster, make_user(cluster), [collections])
    floor = min(work.nothing(stage).seconds for _unused in range(2))
    count, loop = options.namespaces, min(options.loop, options.namespaces)
    sides = [Side(OURS, stage, "ours", count, work.ours_in_existing, work.ours_tenants)]
    if peer:
        beside = replace(stage, collections=[peer.collections], libraries=[peer.libraries])
        at_once = Side("kubernetes.core, one task", beside, "peer", count, work.peer_in_existing, work.peer_tenants)
        looped = Side("kubernetes.core, a loop", beside, "loop", loop, work.loop_in_existing, work.loop_tenants)
        sides += [at_once, looped]
    _say(f"making {sum(side.size for side in sides)} namespaces")
    work.make_namespaces(cluster, [name for side in sides for name in work.names(side.prefix, side.size)])
    rows: list[Row] = []
    cases = [
        (f"Secret and link in {count} namespaces", False),
        ("the same again, nothing to do", False),
        (f"{count} new tenants, each with its own credential", True),
        ("the tenants again, nothing to do", True),
    ]
    for case, is_about_tenants in cases:
        for side in sides:
            _say(f"{case}: {side.way}")
            is_scaled = side.size < count
            usage = side.run(is_about_tenants=is_about_tenants)
            rows.append(Row(case, side.way, usage.scaled(count / side.size, floor) if is_scaled else usage, is_scaled))
    rows += _explained_pods(stage, work.names("ours", count), options.pods)
    return rows, floor


def _explained_pods(stage: Stage, namespaces: list[str], count: int) -> list[Row]:
    """A tenth of the Pods, and then all of them: what matters is that memory does not grow with their number."""
    rows: list[Row] = []
    for first, last in ((0, count // 10), (count // 10, count)):
        _say(f"making {last - first} Pods")
        pods.make_pods(stage.cluster, namespaces, range(first, last), {})
        usage = pods.explain(stage, f"{last}-pods", last, namespaces=["ours-*"])
        rows.append(Row(f"what {last} Pods in {len(namespaces)} namespaces pull with", OURS, usage))
    return rows


@dataclass(frozen=True)
class Side:
    """One way to do the work, in as many namespaces as it is given."""

    way: str
    stage: Stage
    prefix: str
    size: int
    in_existing: t.Callable[[Stage, str, list[str]], Usage]
    tenants: t.Callable[[Stage, str, list[str]], Usage]

    def run(self, *, is_about_tenants: bool) -> Usage:
        """Do it, and look whether it was done."""
        kind = "tenants" if is_about_tenants else "existing"
        namespaces = work.names(f"new-{self.prefix}" if is_about_tenants else self.prefix, self.size)
        usage = (self.tenants if is_about_tenants else self.in_existing)(
            self.stage, f"{self.prefix}-{kind}", namespaces
        )
        work.check(self.stage.cluster, namespaces)
        return usage


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
