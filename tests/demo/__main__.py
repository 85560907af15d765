"""
The demo: ``make demo``.

It starts a Kubernetes control plane on this machine, onboards 200 tenants onto it with the collection, rotates a
password, repairs what a colleague broke, and checks all that it tells. ``KEEP=1`` leaves the cluster up.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import sys
import tempfile
import typing as t
from pathlib import Path

from tests.cluster.binaries import find_programs
from tests.cluster.cluster import EXISTING, Cluster, start_cluster
from tests.cluster.errors import ClusterError
from tests.cluster.state import detach, end, find
from tests.demo.errors import DemoError
from tests.demo.playbooks import Desk
from tests.demo.screen import Screen
from tests.demo.story import Story, first_tenant
from tests.environment.layout import collections_path

NAME: t.Final = "demo"
STOP: t.Final = f"{shlex.quote(sys.executable)} -m tests.cluster down --name {NAME}"
EXAMPLE: t.Final = "playbooks/vars/tenants.example.yml"


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Tell the story; 0 when all of it is true."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_unused: sys.exit(1))  # as Ctrl-C: whatever was started is stopped
    options = _parser().parse_args(arguments)
    keep = os.environ.get("KEEP", "") not in ("", "0") and not options.check
    try:
        _demonstrate(keep=keep)
    except (ClusterError, DemoError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0


def _demonstrate(*, keep: bool) -> None:
    # The demo makes hundreds of namespaces, so it never takes somebody's cluster.
    os.environ.pop(EXISTING, None)
    screen = Screen()
    find_programs()
    with (
        tempfile.TemporaryDirectory(prefix="regcred-demo-") as folder,
        collections_path() as collections,
        contextlib.ExitStack() as stack,
    ):
        screen.begin("A Kubernetes control plane on this machine")
        cluster = _kept_cluster(stack) if keep else stack.enter_context(start_cluster())
        screen.say(f"etcd, kube-apiserver and kube-controller-manager are ready at {cluster.server}.")
        screen.end("start the cluster")
        Story(Desk(Path(folder), collections, cluster), cluster, screen).tell()
        if keep:
            stack.pop_all()
    _say_what_next(cluster if keep else None)


def _kept_cluster(stack: contextlib.ExitStack) -> Cluster:
    """A cluster that stays, unless the demo does not come to its end."""
    found = find(NAME)
    if found is not None and found.is_running():
        raise DemoError(f"the cluster of an earlier demo is still up; stop it with: {STOP}")
    detached = detach(NAME, find_programs())
    stack.callback(end, NAME)
    return detached.open()


def _say_what_next(kept: Cluster | None) -> None:
    if kept:
        namespace = first_tenant().namespaces[0]
        print(f"""
The cluster is still up. To look at it:

   export KUBECONFIG={shlex.quote(str(kept.kubeconfig))}
   export PATH={shlex.quote(str(kept.kubectl.parent))}:$PATH
   kubectl --namespace {namespace} get secrets,serviceaccounts

To stop it:

   {STOP}""")
    else:
        print("\nThe cluster is gone. KEEP=1 make demo leaves it up.")
    print(f"""
To try it on a cluster of yours, edit {EXAMPLE} (it says where passwords come from),
look at the plan, and then leave --check out:

   export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH    # ansible-core and what the modules need
   ansible-galaxy collection install .
   export K8S_AUTH_KUBECONFIG=~/.kube/config
   ansible-playbook regcred.kubernetes.onboard_tenants -e @{EXAMPLE} --check --diff

README.md says what else the collection does; docs/docsite/rst/ has a guide for each task.""")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="as a test: the same, but the cluster never stays")
    return parser


if __name__ == "__main__":
    sys.exit(main())
