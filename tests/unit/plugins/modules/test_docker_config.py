"""docker_config through ``main()``."""

from __future__ import annotations

import grp
import json
import os
import pwd
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet import reader_files
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.process import RunningKubelet
from ansible_collections.regcred.kubernetes.plugins.modules.docker_config import main
from tests.unit.module_run import Run, run_module

REGISTRY = {"registry": "quay.io", "username": "robot", "password": "hunter2"}
AUTH = "cm9ib3Q6aHVudGVyMg=="


@pytest.fixture(autouse=True)
def _without_kubelets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs on this machine is no matter here."""
    monkeypatch.setattr(reader_files, "running_kubelets", lambda _proc: [])


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    """A path at which nothing is yet."""
    return tmp_path / "config.json"


def run(file: Path | None, *, check_mode: bool = False, diff: bool = False, **options: t.Any) -> Run:
    """Run the module on a file."""
    given = {} if "config_json" in options or "config_file" in options else {"registries": [REGISTRY]}
    path = {} if file is None else {"path": str(file)}
    return run_module(main, {**path, **given, **options}, check_mode=check_mode, diff=diff)


def test_result(file: Path) -> None:
    """What is returned, of a file that is new and of one that stays."""
    first, again = run(file, target="kubelet", backup=True), run(file, target="kubelet", backup=True)

    expected = {
        "path": str(file),
        "format": "config_json",
        "registries": [{"registry": "quay.io", "username": "robot"}],
        "restart_required": [],
        "effective_within": 300,
        "match_images": ["quay.io"],
        "newer_than_kubelet": False,
    }
    assert {name: first.result[name] for name in expected} == expected
    assert {name: again.result[name] for name in expected} == expected
    assert (first.result["changed"], first.result["reason"]) == (True, "quay.io added")
    assert (again.result["changed"], again.result["reason"]) == (False, "")
    assert "backup_file" not in again.result
    assert json.loads(file.read_text()) == {"auths": {"quay.io": {"auth": AUTH}}}


def test_taking_a_change_back(file: Path) -> None:
    """Where and whose the file was is returned with a copy that has the same rights, and that the next run removes."""
    file.write_text("{}")
    file.chmod(0o640)
    whose = {"owner": pwd.getpwuid(os.geteuid()).pw_name, "group": grp.getgrgid(file.stat().st_gid).gr_name}

    foreseen = run(file, keep_previous=True, mode="0640", check_mode=True)
    first = run(file, keep_previous=True, mode="0640")
    copy = Path(first.result["previous"]["backup_file"])
    assert (
        foreseen.result["previous"] == first.result["previous"] == {"backup_file": str(copy), "mode": "0640", **whose}
    )
    assert (copy.read_text(), copy.stat().st_mode & 0o777) == ("{}", 0o640)
    assert "backup_file" not in first.result

    copy.write_text("another run's")
    again = run(file, keep_previous=True)
    assert again.result["previous"] == {"backup_file": str(copy), "mode": "0640", **whose}
    assert (copy.read_text(), copy.stat().st_mode & 0o777) == (file.read_text(), 0o640)
    assert "previous" not in run(file, keep_previous=True).result
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "password", ["config", "config.json", "0640", "root", "quay.io", "updated", "regcred-previous"]
)
def test_what_a_role_reads(file: Path, password: str) -> None:
    """A password that is a word of a path, an owner, a mode or a host leaves what is handed on as it is."""
    given: dict[str, t.Any] = {"registries": [{**REGISTRY, "password": "other"}], "mode": "0640", "keep_previous": True}
    run(file, **given)

    result = run(file, **{**given, "registries": [{**REGISTRY, "password": password}]}).result

    previous = result["previous"]
    copy = Path(previous["backup_file"])
    assert (result["path"], result["action"], copy.parent, copy.exists()) == (str(file), "updated", file.parent, True)
    assert (previous["mode"], previous["owner"]) == ("0640", pwd.getpwuid(os.geteuid()).pw_name)
    assert result["match_images"] == ["quay.io"]


def test_change_without_a_restart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubelet that was started before the file was last changed is behind, whoever changed it, until it is started anew."""

    def kubelet(started: float) -> None:
        running = RunningKubelet(7, str(file.parent), "/", "", started=started)
        monkeypatch.setattr(reader_files, "running_kubelets", lambda _proc: [running])

    kubelet(time.time() - 60)
    runs = [run(file, target="kubelet", check_mode=check) for check in (True, False, False, True)]
    kubelet(time.time() + 60)
    restarted = run(file, target="kubelet")

    notice = "; a kubelet takes notice within 5 minutes, or at once when it is restarted"
    assert [each.message.endswith(notice) for each in (*runs, restarted)] == [True, True, False, False, False]
    assert [each.result["newer_than_kubelet"] for each in (*runs, restarted)] == [True, True, True, True, False]
    assert [each.result["changed"] for each in (*runs, restarted)] == [True, True, False, False, False]


def test_nothing_to_take_out(file: Path) -> None:
    """Where there is no file, none is made to be empty: it would hide others."""
    absent = run(file, registries=[{"registry": "quay.io", "state": "absent"}])

    assert (absent.result["changed"], absent.result["registries"], file.exists()) == (False, [], False)


def test_images_of_a_provider(file: Path) -> None:
    """What the file holds, as patterns that a kubelet takes; what no kubelet uses has none."""
    auths = {
        key: {"auth": AUTH}
        for key in ("https://index.docker.io/v1/", "https://Quay.io/v2/team", "*.example.com", "ftp://x.example.com")
    }
    file.write_text(json.dumps({"auths": auths}))

    result = run(file).result

    assert result["match_images"] == ["docker.io", "quay.io/team", "*.example.com", "quay.io"]


@pytest.mark.parametrize(
    ("target", "form", "key"),
    [
        ("kubelet", None, "https://index.docker.io/v1/"),
        ("kubelet", "dockercfg", "https://index.docker.io/v1/"),
        ("docker", None, "https://index.docker.io/v1/"),
        ("podman", None, "docker.io"),
        ("crio", "containers_auth", "docker.io"),
        (None, "containers_auth", "docker.io"),
        (None, None, "https://index.docker.io/v1/"),
    ],
)
def test_keys_as_the_reader_wants_them(file: Path, target: str | None, form: str | None, key: str) -> None:
    """Docker Hub has another key for each, whichever way it is given."""
    options: t.Any = {name: value for name, value in (("target", target), ("format", form)) if value}

    run(file, registries=[{**REGISTRY, "registry": "docker.io"}], **options)
    written = json.loads(file.read_text())
    same = run(file, config_json={"auths": {"index.docker.io": {"auth": AUTH}}}, **options)

    entries = written if form == "dockercfg" else written["auths"]
    assert entries == {key: {"auth": AUTH}}
    assert not same.result["changed"]


def test_two_spellings(file: Path) -> None:
    """A ready config with one registry twice cannot be written, since only one of them would be used."""
    document = {"auths": {"docker.io": {"auth": AUTH}, "https://index.docker.io/v1/": {"auth": AUTH}}}

    found = run(file, target="podman", config_json=document)

    assert found.message == (
        "config_json: auths: 'https://index.docker.io/v1/' is there in two spellings; give each registry once"
    )


def test_merge_and_purge(file: Path) -> None:
    """Others are kept, unless they are to be purged."""
    file.write_text('{"auths":{"ghcr.io":{"auth":"dTpw"}},"credHelpers":{}}')
    file.chmod(0o600)

    merged = run(file)
    purged = run(file, purge_registries=True)

    assert merged.result["reason"] == "quay.io added"
    assert [each["registry"] for each in merged.result["registries"]] == ["ghcr.io", "quay.io"]
    assert purged.result["reason"] == "ghcr.io removed"
    assert file.read_text() == f'{{"auths":{{"quay.io":{{"auth":"{AUTH}"}}}},"credHelpers":{{}}}}'


def test_secrets_that_are_there_already(file: Path) -> None:
    """Secrets of the file as it is are hidden, wherever they stand, as are those that are declared."""
    file.write_text(json.dumps({"auths": {"ghcr.io": {"username": "of-old-secret", "password": "old-secret"}}}))

    found = run(file, diff=True)

    assert "old-secret" not in found.output
    assert "hunter2" not in found.output
    assert AUTH not in found.output
    assert found.result["registries"][0]["username"] == "of-********"


def test_diff(file: Path) -> None:
    """A rotated password is another mark, and nothing else is shown of it."""
    file.write_text(json.dumps({"auths": {"quay.io": {"username": "robot", "password": "old"}, "ghcr.io": {}}}))

    (diff,) = run(file, check_mode=True, diff=True).result["diff"]

    before, after = ([line.strip() for line in diff[side].splitlines()] for side in ("before", "after"))
    assert [line.partition(" ")[0] for line in before] == [
        "mode:",
        "owner:",
        "group:",
        "registries:",
        "quay.io:",
        "username:",
        "password:",
    ]
    assert [(one, two) for one, two in zip(before, after) if one != two] == [
        ("mode: 0644", "mode: 0600"),
        (before[-1], after[-1]),
    ]
    assert before[-1].startswith("password: secret ")


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "nowhere": ({"path": None}, "one of the following is required: path, target"),
    "nothing": ({"registries": None}, "one of the following is required: registries, config_json, config_file"),
    "no registry": (
        {"registries": []},
        "registries: is empty; give a registry, or name those to take out with state absent",
    ),
    "purge all": (
        {"registries": [{"registry": "quay.io", "state": "absent"}], "purge_registries": True},
        "registries: is empty; give a registry,",
    ),
    "format of another": (
        {"target": "docker", "format": "dockercfg"},
        "format: docker reads no dockercfg; use config_json, or leave it",
    ),
    "format of others": (
        {"target": "kubelet", "format": "containers_auth"},
        "format: kubelet reads no containers_auth; use config_json or dockercfg, or leave it out",
    ),
    "glob for docker": (
        {"target": "docker", "registries": [{**REGISTRY, "registry": "*.example.com"}]},
        "registries[0].registry: '*.example.com' has a glob, which has no place in docker's config.json; name each registry",
    ),
    "glob in a document for podman": (
        {"target": "podman", "registries": None, "config_json": {"auths": {"*.example.com": {"auth": AUTH}}}},
        "config_json: auths: '*.example.com' has a glob, which has no place in auth.json; name each registry",
    ),
    "mode": ({"mode": "rw"}, "mode: 'rw' is not a mode; give it in quotes and octal, such as '0600'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(file: Path, name: str) -> None:
    """Bad input fails with its place and cure, and nothing is written."""
    options, message = REFUSED[name]
    given = {"path": str(file), "registries": [REGISTRY], **options}

    found = run_module(main, {key: value for key, value in given.items() if value is not None})

    assert found.result["failed"]
    assert found.message.startswith(message)
    assert not file.exists()


def test_warnings(file: Path) -> None:
    """What the reader does not use, and what everybody can read, is warned of."""
    file.write_text('{"auths": {"hub.docker.com": {"auth": "dTpodW50ZXIyMg=="}}, "credsStore": "pass"}')

    found = run(file, target="kubelet", mode="0644")

    assert [warning.partition(";")[0] for warning in found.warnings] == [
        f"{file}: with mode 0644, everybody on this node can read the credentials",
        f"{file}: credsStore: the kubelet asks no credential helper",
        f"{file}: the key 'hub.docker.com' is not the host of any image on Docker Hub, so the kubelet never uses it for one",
    ]


def test_no_kubelet_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a kubelet and its folder nothing is made, and the message names the folder."""
    monkeypatch.setattr(reader_files, "DEFAULT_ROOT_DIR", str(tmp_path / "kubelet"))

    missing = run(None, target="kubelet")
    (tmp_path / "kubelet").mkdir()
    made = run(None, target="kubelet")

    assert (
        missing.message == f"{tmp_path}/kubelet: the folder does not exist; correct the path, or make the folder first"
    )
    assert made.result["path"] == f"{tmp_path}/kubelet/config.json"
    assert made.warnings[0].startswith("no kubelet runs here: ")
