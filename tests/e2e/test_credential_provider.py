"""A credential provider, from the task that configures it to the pull of a Pod that has no Secret."""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.cluster.client import Client, Document
from tests.cluster.cluster import Cluster
from tests.cluster.deadlines import wait_for
from tests.cluster.errors import ComponentEnded
from tests.cluster.images import make_image, push_image
from tests.cluster.kubelet import KubeletOptions
from tests.cluster.node import Node
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry
from tests.e2e.ansible_programs import run_ansible
from tests.e2e.module_runs import PROJECT, Modules
from tests.e2e.playbook_runs import OPTIONS_IN_RESULTS, Playbooks
from tests.e2e.secret_forms import forms_of, found_in

PROVIDER: t.Final = PROJECT / "roles" / "node_registry_auth" / "files" / "regcred-credential-provider"
MODULE: t.Final = "regcred.kubernetes.credential_provider_config"
FLAGS: t.Final = "/etc/default/kubelet"
Task: t.TypeAlias = dict[str, t.Any]


def play(node: Node, folder: Path, tasks: t.Sequence[Task]) -> dict[str, t.Any]:
    """Run tasks on the node; what those with a name of a module's result registered."""
    results = folder / "results.json"
    names = [task["register"] for task in tasks if "register" in task]
    pairs = ", ".join(f"'{name}': {name}" for name in names)
    writing = {"ansible.builtin.copy": {"content": "{{ {" + pairs + "} | to_json }}", "dest": str(results)}}
    inventory = {"all": {"hosts": {node.name: node.ansible_variables}}}
    plays = [{"name": "On the node", "hosts": "all", "gather_facts": False, "tasks": [*tasks, writing]}]
    for name, document in (("inventory.json", inventory), ("playbook.yml", plays)):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    done = run_ansible(
        "ansible-playbook",
        f"--inventory={folder / 'inventory.json'}",
        folder / "playbook.yml",
        folder=folder,
        environment={"ANSIBLE_PIPELINING": "true"},
    )
    assert done.returncode == 0, done.stdout
    registered: dict[str, t.Any] = json.loads(results.read_text(encoding="utf-8"))
    return registered


def configured(register: str, credentials: Path, duration: str = "5m", **options: str) -> Task:
    """A task that declares the provider."""
    provider = {
        "name": PROVIDER.name,
        "match_images": [HOST],
        "default_cache_duration": duration,
        "args": ["--config", str(credentials)],
    }
    return {MODULE: {"providers": [provider], **options}, "register": register}


def restarted(register: str) -> Task:
    """A task that restarts what a result asks for."""
    loop = "{{ " + register + ".restart_required }}"
    return {"ansible.builtin.sysvinit": {"name": "{{ item.service }}", "state": "restarted"}, "loop": loop}


def give_flags(node: Node, flags: str) -> None:
    """Make these the kubelet's own, which it gets when it is restarted."""
    subprocess.run([*node.inside, "tee", FLAGS], check=True, input=flags.encode(), stdout=subprocess.DEVNULL)


@pytest.fixture(name="plain_again")
def _plain_again(node: Node) -> t.Iterator[None]:
    """The node is one without providers afterwards."""
    yield
    give_flags(node, "")
    subprocess.run([*node.inside, "service", "kubelet", "restart"], check=True, stdout=subprocess.DEVNULL)
    node.wait_for_kubelet()


@pytest.mark.usefixtures("plain_again")
def test_pod_without_a_secret(node: Node, registry: Registry, cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    """The kubelet asks the provider that a task configured, and pulls; a restart is required until it has happened."""
    push_image(registry, "team/by-provider", "v1", make_image("by-provider"))
    config, bin_dir, credentials = tmp_path / "providers.yaml", tmp_path / "bin", tmp_path / "credentials.json"
    bin_dir.mkdir(mode=0o755)
    shutil.copy(PROVIDER, bin_dir)
    entry = {"username": "robot", "password": USERS["robot"]}
    credentials.write_text(json.dumps({"auths": {HOST: entry}}), encoding="utf-8")
    credentials.chmod(0o600)
    places = {"config": config, "bin-dir": bin_dir}
    flags = " ".join(f"--image-credential-provider-{name}={path}" for name, path in places.items())
    give_flags(node, f'KUBELET_EXTRA_ARGS="{flags}"\n')

    results = play(
        node,
        tmp_path,
        [
            configured("first", credentials, path=str(config), bin_dir=str(bin_dir)),
            restarted("first"),
            configured("changed", credentials, duration="1m"),  # where the kubelet itself says
            configured("cut_short", credentials, duration="1m"),
            restarted("cut_short"),
            configured("done", credentials, duration="1m"),
        ],
    )
    node.wait_for_kubelet()
    cluster.client.create(_pod(namespace, f"{HOST}/team/by-provider:v1"))

    _wait_until_it_runs(cluster.client, namespace)
    services = {name: [each["service"] for each in result["restart_required"]] for name, result in results.items()}
    assert services == {"first": ["kubelet"], "changed": ["kubelet"], "cut_short": ["kubelet"], "done": []}
    assert [name for name, result in results.items() if result["changed"]] == ["first", "changed"]
    assert "runs without --image-credential-provider-config" in str(results["first"]["warnings"])
    assert "warnings" not in results["done"]
    assert results["done"]["path"] == str(config)


@pytest.mark.parametrize("program", ["missing", "plain", "folder"])
def test_program_that_no_kubelet_starts_with(node: Node, node_modules: Modules, tmp_path: Path, program: str) -> None:
    """A kubelet does not start without an executable program, and the module says so before."""
    (tmp_path / "plain").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    name = f"credential-provider-{program}"
    if program != "missing":
        (tmp_path / program).rename(tmp_path / name)
    config = tmp_path / "providers.json"
    provider = {"name": name, "match_images": [HOST], "default_cache_duration": "0s"}
    options = {"path": str(config), "bin_dir": str(tmp_path), "providers": [provider]}

    refused = node_modules.run_module("credential_provider_config", options)
    planned = node_modules.run_module("credential_provider_config", options, check=True)
    assert f"{tmp_path / name}: " in refused.result["msg"]
    assert "a kubelet does not start without the program" in refused.result["msg"]
    assert not config.exists()
    assert planned.result["changed"]

    fields = {"name": name, "matchImages": [HOST], "defaultCacheDuration": "0s"}
    document = {
        "apiVersion": "kubelet.config.k8s.io/v1",
        "kind": "CredentialProviderConfig",
        "providers": [{**fields, "apiVersion": "credentialprovider.kubelet.k8s.io/v1"}],
    }
    config.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ComponentEnded, match="executable"), node.kubelet_with(KubeletOptions({}, config, tmp_path)):
        pass


def test_leaks(tmp_path: Path) -> None:
    """Values of variables, old ones and new ones, and passwords in patterns and arguments are in the file and nowhere else."""
    secret = "made-up: Secr€t/of+the=test"
    (tmp_path / "bin").mkdir(mode=0o755)
    (tmp_path / "bin" / "ours").touch(mode=0o755)
    config = tmp_path / "providers.json"
    provider = {"name": "ours", "match_images": [HOST], "default_cache_duration": "5m"}
    places = {"path": str(config), "bin_dir": str(tmp_path / "bin")}

    def task(name: str, **others: t.Any) -> Task:
        return {"name": name, MODULE: {**places, "providers": [{**provider, **others}]}}

    tasks = [
        task("New", env=[{"name": "TOKEN", "value": "{{ secret }}"}]),
        task("Other", env=[{"name": "TOKEN", "value": "{{ secret }}2"}]),
        task("Pattern", match_images=["robot:{{ secret }}@quay.io"]),
        task("Argument", args=["--password={{ secret }}"]),
        task("Bad variable", env=[{"name": "A=B", "value": "{{ secret }}"}]),
        task("Gone"),
    ]
    folder = tmp_path / "run"
    folder.mkdir()
    run = Playbooks(folder, tmp_path / "no-kubeconfig", OPTIONS_IN_RESULTS).run(tasks, {"secret": secret})

    results = {name: result for name, result in run.results.items() if result}
    changed = {name: result["changed"] for name, result in results.items() if not result.get("failed")}
    assert changed == {"New": True, "Other": True, "Argument": True, "Gone": True}
    assert [
        (place, found_in(text, forms_of(secret)))
        for place, text in run.seen.items()
        if found_in(text, forms_of(secret))
    ] == []


def _pod(namespace: str, image: str) -> Document:
    spec = {"containers": [{"name": "main", "image": image}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod", "namespace": namespace}, "spec": spec}


def _wait_until_it_runs(client: Client, namespace: str) -> None:
    """Its pull is tried more than once."""
    status: Document = {}

    def runs() -> bool:
        status.update(client.get(f"/api/v1/namespaces/{namespace}/pods/pod")["status"])
        return any("running" in container["state"] for container in status.get("containerStatuses", []))

    wait_for(runs, status)
