"""No secret, in no form, comes out of docker_config: not those that are declared, and not those that are in the file already."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from tests.e2e.playbook_runs import OPTIONS_IN_RESULTS, PlaybookRun, Playbooks, Task
from tests.e2e.secret_forms import forms_of, found_in

if t.TYPE_CHECKING:
    from pathlib import Path

USER: t.Final = "puller"
PASSWORDS: t.Final = {
    "nasty": "pä\"ss\\w<o>r&d:'x",
    "rotated": 'Ü"2\\n<ö>&&:`$(x)`',
    "in_document": "in-a-document-Zq9Kt4",
    "there_as_auth": "there-as-auth-Zq9Kt4:x",
    "there_in_clear": "there-in-clear-Zq9Kt4",
    "there_as_token": "there-as-token-Zq9Kt4",
    "there_and_broken": "there-and-broken-Zq9Kt4",
    "beside_bad_input": "beside-bad-input-Zq9Kt4",
}
FORMS: t.Final = frozenset(
    form for password in PASSWORDS.values() for form in forms_of(password) | forms_of(f"{USER}:{password}")
)
# Python runs this at its start: the disk gives an error that nobody foresaw, and that holds all that was to be written.
BREAKING: t.Final = """
import os
def fsync(descriptor):
    with open(f"/proc/self/fd/{descriptor}", "rb") as file:
        raise ZeroDivisionError(f"while writing {file.read()!r}")
os.fsync = fsync
"""


def base64_of(text: str) -> str:
    """Base64, as text."""
    return base64.b64encode(text.encode()).decode()


def registry(name: str, host: str = "quay.io") -> dict[str, str]:
    """An item of ``registries`` whose password is a variable."""
    return {"registry": host, "username": USER, "password": f"{{{{ {name} }}}}"}


def tasks(folder: Path) -> list[Task]:
    """Tasks that work, by way of every option that takes a secret, and then those that fail."""
    there = {"path": str(folder / "there.json"), "target": "kubelet", "backup": True}
    broken = {"path": str(folder / "broken.json")}
    document = {"auths": {"ghcr.io": {"username": USER, "password": "{{ in_document }}"}}}
    options: dict[str, Task] = {
        "foreseen": {**there, "registries": [registry("nasty")]},
        "merged": {**there, "registries": [registry("nasty")]},
        "rotated": {**there, "registries": [registry("rotated")]},
        "document": {"path": str(folder / "new" / "auth.json"), "target": "podman", "config_json": document},
        "purged": {**there, "purge_registries": True, "config_json": document},
        "broken": {**broken, "registries": [registry("beside_bad_input")]},
        "bad key": {**there, "registries": [registry("beside_bad_input", "oci://quay.io")]},
        "unforeseen": {"path": str(folder / "unforeseen.json"), "registries": [registry("beside_bad_input")]},
    }
    found: list[Task] = [{"name": name, "regcred.kubernetes.docker_config": each} for name, each in options.items()]
    found[0]["check_mode"] = True
    found[-1]["environment"] = {"PYTHONPATH": str(folder)}
    return found


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's files, with secrets in them from before."""
    folder = tmp_path_factory.mktemp("node")
    entries = {
        "quay.io": {"username": USER, "password": PASSWORDS["there_in_clear"]},
        "auth.example.com": {"auth": base64_of(f"{USER}:{PASSWORDS['there_as_auth']}")},
        "token.example.com": {"auth": base64_of(f"{USER}:"), "identitytoken": PASSWORDS["there_as_token"]},
    }
    (folder / "there.json").write_text(json.dumps({"auths": entries}))
    (folder / "broken.json").write_text('{"auths": {"quay.io": {"password": "' + PASSWORDS["there_and_broken"])
    (folder / "sitecustomize.py").write_text(BREAKING)
    return folder


@pytest.fixture(name="run", scope="module")
def _run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> PlaybookRun:
    """All tasks, with -vvvv and --diff."""
    place = tmp_path_factory.mktemp("playbook")
    return Playbooks(place, place / "kubeconfig", OPTIONS_IN_RESULTS).run(tasks(folder), PASSWORDS)


def test_nothing_is_seen(run: PlaybookRun) -> None:
    """Neither on the screen, in the log, on a command line, in a registered result, nor in a file that stays."""
    leaks = {place: found_in(text, FORMS) for place, text in run.seen.items()}

    assert {place: found for place, found in leaks.items() if found} == {}
    assert {"standard output", "log", "command lines", "registered results"} <= set(leaks)


def test_tasks_did_their_work(run: PlaybookRun, folder: Path) -> None:
    """There was something to leak, and what is reported is of use without it."""
    results = run.results

    reasons = {name: result["reason"] for name, result in results.items() if "reason" in result}
    assert reasons == {
        "foreseen": "quay.io: password changed; mode 0644 becomes 0600",
        "merged": "quay.io: password changed; mode 0644 becomes 0600",
        "rotated": "quay.io: password changed",
        "document": "ghcr.io added",
        "purged": "ghcr.io added; quay.io removed; auth.example.com removed; token.example.com removed",
    }
    assert results["broken"]["msg"].startswith(f"{folder}/broken.json: not JSON (line 1, column 36)")
    assert "has the scheme 'oci'" in results["bad key"]["msg"]
    assert results["unforeseen"]["msg"].startswith("Unexpected ZeroDivisionError (sitecustomize.py, line ")


def test_files_beside(run: PlaybookRun, folder: Path) -> None:
    """What stays beside the files are backups, which nobody else can read; an unforeseen error leaves nothing."""
    assert run.seen
    named = {"there.json", "broken.json", "sitecustomize.py", "new", "__pycache__"}
    beside = [path for path in folder.iterdir() if path.name not in named]

    assert len(beside) == len(["merged", "rotated", "purged"])
    assert all(path.name.startswith("there.json.") and path.name.endswith("~") for path in beside)
    assert {path.stat().st_mode & 0o777 for path in beside} == {0o600}
    assert (folder / "new").stat().st_mode & 0o777 == 0o700
