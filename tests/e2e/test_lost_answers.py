"""Writes whose answers are lost, and runs that are killed, against a real API server."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.cluster.client import tls_context
from tests.cluster.kubeconfig import Access
from tests.cluster.users import rule
from tests.reliability.fault_proxy import (
    CUT_AFTER,
    HANGS_AFTER_SECONDS,
    Fault,
    Proxy,
    Request,
    Rule,
    Upstream,
    refused,
    start_proxy,
)

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster
    from tests.e2e.module_runs import ModuleRun, Modules

PROJECT: t.Final = Path(__file__).resolve().parents[2]
NAME: t.Final = "regcred"
KEPT: t.Final = f"{NAME}.regcred-kept"
OURS: t.Final = {"registry": "quay.io", "username": "robot", "password": "hunter2-ours"}
THEIRS: t.Final = {"registry": "ghcr.io", "username": "other", "password": "hunter2-theirs"}
RUN: t.Final = """
import json, sys
from ansible.module_utils import basic
from tests.e2e import module_server
module_server._map_collection()
options = {"ANSIBLE_MODULE_ARGS": json.load(sys.stdin)}
vars(basic).update(_ANSIBLE_ARGS=json.dumps(options).encode(), _ANSIBLE_PROFILE="legacy")
from ansible_collections.regcred.kubernetes.plugins.modules import pull_secret
pull_secret.main()
"""


class Line(t.NamedTuple):
    """A namespace, and a way to its cluster that can lose answers."""

    cluster: Cluster
    modules: Modules
    proxy: Proxy
    lost: Fault
    namespace: str
    token: str

    def lose(self, method: str, path: str = "") -> None:
        """Lose the first answer to each such request; both are regular expressions, and the path is searched for."""
        matches = Rule(self.lost, method, path, times=None)
        self.proxy.script(lambda request: matches(request) if request.number == 1 else None)

    def options(self, **more: t.Any) -> dict[str, t.Any]:
        """Options of a module on this line."""
        return {"host": self.proxy.url, "api_key": self.token, "namespaces": [self.namespace], **more}

    def secret(self, **more: t.Any) -> ModuleRun:
        """Run pull_secret."""
        return self.modules.run_module("pull_secret", self.options(**secret_options(**more)))

    def stored(self, name: str = NAME) -> dict[str, t.Any]:
        """The Secret that is there, empty for none."""
        items = self.cluster.client.list(f"/api/v1/namespaces/{self.namespace}/secrets")
        return next((item for item in items if item["metadata"]["name"] == name), {})

    def path(self, name: str = "") -> str:
        """The path of Secrets, or of one, as a regular expression."""
        return f"/api/v1/namespaces/{self.namespace}/secrets" + (f"/{re.escape(name)}" if name else "") + r"(\?|$)"


def secret_options(**more: t.Any) -> dict[str, t.Any]:
    """Options of a Secret that others write to as well."""
    return {"name": NAME, "registries": [OURS], "purge_registries": False, **more}


@pytest.fixture(name="line", params=[CUT_AFTER, refused(504, done=True)], ids=["cut", "504"])
def _line(request: pytest.FixtureRequest, cluster: Cluster, admin: Modules) -> t.Iterator[Line]:
    namespace = cluster.make_namespace("lost")
    kubeconfig = cluster.token_user("lost-admin", rules=[rule(["*"], ["*"])])
    token = yaml.safe_load(kubeconfig.read_text())["users"][0]["user"]["token"]
    upstream = Upstream(cluster.server, tls_context(Access(cluster.server, cluster.access.authority)))
    with start_proxy(upstream) as proxy:
        yield Line(cluster, admin, proxy, request.param, namespace, token)


def share(line: Line) -> None:
    """Have others write into the Secret, and make it immutable."""
    assert line.secret().changed
    theirs = {"registries": [THEIRS], "labels": {"kept": "label"}, "annotations": {"kept": "it"}, "immutable": True}
    assert line.secret(**theirs).changed


def check_shared(line: Line) -> None:
    """The Secret has its new type, and all that others put into it; nothing is beside it."""
    found = line.stored()
    entries = json.loads(base64.b64decode(found["data"][".dockercfg"]))
    assert {name: entry["password"] for name, entry in entries.items()} == {
        "quay.io": "hunter2-ours",
        "ghcr.io": "hunter2-theirs",
    }
    assert (found["metadata"]["labels"]["kept"], found["metadata"]["annotations"]["kept"]) == ("label", "it")
    assert found["immutable"]
    assert not line.stored(KEPT)


@pytest.mark.parametrize(("method", "name"), [("POST", ""), ("DELETE", NAME), ("DELETE", KEPT)])
def test_recreated(line: Line, method: str, name: str) -> None:
    """Whichever answer is lost while a Secret is deleted and created again, nothing of others is lost with it."""
    share(line)
    line.lose(method, line.path(name))

    run = line.secret(type="dockercfg")

    assert line.proxy.injected
    assert (run.failed, run.changed, run.actions) == (False, True, {line.namespace: "updated"})
    check_shared(line)
    assert not line.secret(type="dockercfg").changed


def test_changed(line: Line) -> None:
    """A create, a change and a removal are reported as what they did, though their answers are lost."""
    line.lose("POST|PATCH|DELETE", "^/api/v1/")

    runs = [line.secret(), line.secret(registries=[THEIRS]), line.secret(state="absent")]

    assert [run.actions.get(line.namespace) for run in runs] == ["created", "updated", "deleted"]
    assert all(run.changed and not run.failed for run in runs)
    assert sum(line.proxy.injected.values()) == 3


def test_linked(line: Line) -> None:
    """A link is reported as made, though the answer is lost."""
    line.secret()
    line.lose("PATCH")
    options = line.options(secrets=[NAME])

    assert line.modules.run_module("service_account_link", options).changed
    assert line.proxy.injected
    assert not line.modules.run_module("service_account_link", options).changed


def test_new_namespace(line: Line) -> None:
    """A namespace and a Secret are reported as made, though the answers are lost."""
    line.lose("POST", "^/api/v1/")
    name = f"{line.namespace}-new"

    run = line.modules.run_module(
        "pull_secret", line.options(**secret_options(), namespaces=[name], missing_namespace="create")
    )

    assert (run.changed, run.reasons) == (
        True,
        {name: f"Namespace {name}: did not exist; Secret {NAME}: new, with quay.io"},
    )
    assert sum(line.proxy.injected.values()) == 2


class Kill(t.NamedTuple):
    """The request before which a run is killed, once ``after`` such have passed; ``name`` is the Secret's, empty for all."""

    method: str
    name: str
    after: int = 0


KILLS: t.Final = {
    "before the delete": Kill("DELETE", NAME),
    "between the delete and the create": Kill("POST", "", 1),  # the first keeps what the Secret holds
    "before the last request": Kill("DELETE", KEPT),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS.keys())
def test_killed(line: Line, kill: Kill) -> None:
    """A run that is killed leaves what the Secret held, and the next one finishes; check mode says that it will."""
    share(line)
    options = line.options(**secret_options(type="dockercfg"))
    held, killed = threading.Event(), threading.Event()

    def hold(_request: Request) -> None:
        held.set()
        killed.wait(HANGS_AFTER_SECONDS)

    line.proxy.script(
        Rule(Fault("held", before=hold, reaches=False, share=0), kill.method, line.path(kill.name), skip=kill.after)
    )
    with started(options) as process:
        assert held.wait(HANGS_AFTER_SECONDS)
        process.kill()
    killed.set()
    line.proxy.script()
    assert line.stored(KEPT)

    foreseen = line.modules.run_module("pull_secret", options, check=True)
    run = line.modules.run_module("pull_secret", options)

    assert (foreseen.reasons, foreseen.actions) == (run.reasons, run.actions)
    assert (run.failed, run.changed) == (False, True)
    check_shared(line)
    assert not line.modules.run_module("pull_secret", options).changed


def started(options: t.Mapping[str, t.Any]) -> subprocess.Popen[bytes]:
    """pull_secret in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stdin
    process.stdin.write(json.dumps(options).encode())
    process.stdin.close()
    return process
