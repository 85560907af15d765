"""No secret, in no form, comes out of node_image, which pulls on a node from a registry that wants tokens."""

from __future__ import annotations

import os
import typing as t

import pytest

from tests.cluster.binaries import find_programs
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node
from tests.cluster.registry import start_registry
from tests.e2e.playbook_runs import OPTIONS_IN_RESULTS, PlaybookRun, Playbooks, Task
from tests.e2e.secret_forms import forms_of, found_in

HOST: t.Final = "tokens.example.test"
USER: t.Final = "robot"
PASSWORDS: t.Final = {"right": "pä\"ss\\w<o>r&d:'x", "wrong": 'Ü"2\\n<ö>&&:`$(x)`', "beside_bad_input": "beside-Zq9Kt4"}
FORMS: t.Final = frozenset(
    form for password in PASSWORDS.values() for form in forms_of(password) | forms_of(f"{USER}:{password}")
)
# Python runs this at its start: an error that nobody foresaw, and that holds the environment of the program with the credential.
BREAKING: t.Final = """
import subprocess
class Popen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        if "CRICTL_CREDS" in (options.get("env") or ()):
            raise ZeroDivisionError(repr(options))
        super().__init__(*arguments, **options)
subprocess.Popen = Popen
"""


def login(password: str, key: str = HOST) -> list[Task]:
    """``registries`` with one item, whose password is a variable."""
    return [{"registry": key, "username": USER, "password": f"{{{{ {password} }}}}"}]


def tasks(breaking: str) -> list[Task]:
    """Tasks that work, through crictl and ctr, and tasks that fail; each image is in the registry once."""
    document = {"auths": {HOST: {"username": USER, "password": "{{ right }}"}}}
    options: dict[str, Task] = {
        "foreseen": {"images": [image("auto")], "registries": login("right")},
        "auto": {"images": [image("auto")], "registries": login("right")},
        "ctr": {"images": [image("ctr")], "registries": login("right"), "runtime": "ctr"},
        "document": {"images": [image("document")], "config_json": document, "pinned": True},
        "refused": {"images": [image("refused")], "registries": login("wrong")},
        "refused by ctr": {"images": [image("refused")], "registries": login("wrong"), "runtime": "ctr"},
        "bad key": {"images": [image("refused")], "registries": login("beside_bad_input", "oci://quay.io")},
        "unforeseen": {"images": [image("refused")], "registries": login("right")},
    }
    found: list[Task] = [{"name": name, "regcred.kubernetes.node_image": each} for name, each in options.items()]
    found[0]["check_mode"] = True
    found[-1]["environment"] = {"PYTHONPATH": breaking}
    return found


def image(name: str) -> str:
    """An image of this test."""
    return f"{HOST}/leaks/{name}:v1"


@pytest.fixture(name="run", scope="module")
def _run(node: Node, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[PlaybookRun]:
    """All tasks on the node, with -vvvv and --diff."""
    folder, place = tmp_path_factory.mktemp("breaking"), tmp_path_factory.mktemp("playbook")
    (folder / "sitecustomize.py").write_text(BREAKING)
    built = [str(path.parent) for path in find_programs(("crictl", "ctr")).values()]
    environment = {"PATH": os.pathsep.join([*built, os.environ["PATH"]]), **OPTIONS_IN_RESULTS}
    variables = {**PASSWORDS, **node.ansible_variables}
    with start_registry({USER: PASSWORDS["right"]}, auth="bearer") as registry:
        node.add_registry(HOST, registry)
        for name in ("auto", "ctr", "document", "refused"):
            push_image(registry, f"leaks/{name}", "v1", make_image(f"leaks-{name}"))
        yield Playbooks(place, place / "kubeconfig", environment).run(tasks(str(folder)), variables)


def test_nothing_is_seen(run: PlaybookRun) -> None:
    """Neither on the screen, in the log, on a command line, in a registered result, nor in a file that stays."""
    leaks = {place: found_in(text, FORMS) for place, text in run.seen.items()}

    assert {place: found for place, found in leaks.items() if found} == {}
    assert {"standard output", "log", "command lines", "registered results"} <= set(leaks)
    assert f"pull {image('auto')}" in run.seen["command lines"], "no pull was seen"


def test_tasks_did_their_work(run: PlaybookRun, node: Node) -> None:
    """The kubelet's runtime was found, images came with a token, and failures are reported with what to do."""
    results = run.results

    actions = {name: result["images"][0]["action"] for name, result in results.items() if "images" in result}
    assert actions == {
        "foreseen": "pulled",
        "auto": "pulled",
        "ctr": "pulled",
        "document": "pulled",
        "refused": "failed",
        "refused by ctr": "failed",
    }
    assert results["auto"]["runtime"] == {"program": "crictl", "endpoint": f"{node.directory}/containerd.sock"}
    assert results["document"]["images"][0]["pinned"]
    for name in ("refused", "refused by ctr"):
        assert results[name]["images"][0]["cause"] == "denied"
        assert f"as {USER} of {HOST}: " in results[name]["msg"]
        assert f"check user name and password, and whether {USER} may pull {HOST}/leaks/refused" in results[name]["msg"]
    assert "has the scheme 'oci'" in results["bad key"]["msg"]
    assert results["unforeseen"]["msg"].startswith("Unexpected ZeroDivisionError (sitecustomize.py, line ")
