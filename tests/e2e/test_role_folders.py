"""The role node_registry_auth leaves folders that it did not make as they are, and follows no link of another user's."""

from __future__ import annotations

import json
import os
import pwd
import tempfile
import typing as t
from pathlib import Path

import pytest

from tests.e2e.playbook_runs import PlaybookRun, Playbooks, Task

USER: t.Final = pwd.getpwnam("nobody")
PROGRAM: t.Final = "regcred-credential-provider"


def play(name: str, folder: Path, credentials: Path, **more: t.Any) -> Task:
    """The role with its files in a folder."""
    return {
        "name": name,
        "ansible.builtin.include_role": {"name": "regcred.kubernetes.node_registry_auth"},
        "vars": {
            "node_registry_auth_method": "credential_provider",
            "node_registry_auth_path": str(folder / f"{credentials.parent.name}.yaml"),
            "node_registry_auth_provider_bin_dir": str(folder / "bin"),
            "node_registry_auth_provider_config_path": str(credentials),
            "node_registry_auth_registries": [{"registry": "quay.io", "username": "robot", "password": "made-up"}],
            "node_registry_auth_restart": "never",
            **more,
        },
    }


@pytest.fixture(name="run_roles")
def _run_roles(tmp_path_factory: pytest.TempPathFactory) -> t.Callable[..., PlaybookRun]:
    def run(roles: list[Task], *options: str) -> PlaybookRun:
        work = tmp_path_factory.mktemp("role")  # short: the path of a socket of ansible-core's is below it
        return Playbooks(work, work / "no-kubeconfig").run(roles, {}, *options)

    return run


def test_folder_of_the_credentials(tmp_path: Path, run_roles: t.Callable[..., PlaybookRun]) -> None:
    """A missing folder is made, mode 0700; one that is there, as /etc is, keeps its mode, in a second run, too."""
    there, missing = tmp_path / "there", tmp_path / "missing"
    for folder in (there, tmp_path / "bin"):
        folder.mkdir()
        folder.chmod(0o755)
    roles = [
        play(f"{folder.name}, run {number}", tmp_path, folder / "credentials.json")
        for folder in (there, missing)
        for number in (1, 2)
    ]

    run = run_roles(roles)

    files = [folder / "credentials.json" for folder in (there, missing)]
    program = tmp_path / "bin" / PROGRAM
    assert [file.exists() for file in files] == [True, True], run.seen["standard output"]
    assert [oct(path.stat().st_mode & 0o777) for path in (there, missing, *files, program)] == [
        "0o755",
        "0o700",
        "0o600",
        "0o600",
        "0o755",
    ]


def test_what_others_have_there(tmp_path: Path, run_roles: t.Callable[..., PlaybookRun]) -> None:
    """What is true or false counts as what it means, also as the text that ``-e`` makes of it: nobody's credentials are taken out."""
    (tmp_path / "bin").mkdir(mode=0o755)
    credentials = tmp_path / "own" / "credentials.json"
    theirs = {"registry": "ghcr.io", "username": "other", "password": "made-up-too"}
    first = play("theirs", tmp_path, credentials, node_registry_auth_registries=[theirs])
    ours = play("ours", tmp_path, credentials)

    output = run_roles([first, ours], "-e", "node_registry_auth_purge_registries=false").seen["standard output"]

    assert sorted(json.loads(credentials.read_text())["auths"]) == ["ghcr.io", "quay.io"], output


def put_other_provider(folder: Path, name: str) -> None:
    """Another provider, without which ours could not be taken out."""
    (folder / "bin" / "other").touch(mode=0o755)
    other = {"name": "other", "matchImages": ["quay.io"], "defaultCacheDuration": "0s"}
    other["apiVersion"] = "credentialprovider.kubelet.k8s.io/v1"
    document = {"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig", "providers": [other]}
    (folder / f"{name}.yaml").write_text(json.dumps(document))


def test_program_and_credentials(tmp_path: Path, run_roles: t.Callable[..., PlaybookRun]) -> None:
    """Check mode foretells both; an older program is replaced; the credentials go with the provider, and once only."""
    program, credentials = tmp_path / "bin" / PROGRAM, tmp_path / "own" / "credentials.json"
    program.parent.mkdir(mode=0o755)
    put_other_provider(tmp_path, "own")
    role = play("role", tmp_path, credentials)
    absent = play("absent", tmp_path, credentials, node_registry_auth_state="absent")

    foretold = run_roles([role], "--check").seen["standard output"]
    was_there = program.exists()
    first = run_roles([role, role]).seen["standard output"]
    text = program.read_bytes()
    program.write_bytes(text + b"# older\n")
    renewed = run_roles([role]).seen["standard output"]
    renewed_text = program.read_bytes()
    gone = run_roles([absent, absent]).seen["standard output"]

    # With the task that writes down what was registered.
    assert [each.count(" changed=3 ") for each in (foretold, first)] == [1, 1], foretold + first
    assert not was_there
    assert " changed=2 " in renewed, renewed
    assert "sha256: " in renewed
    assert renewed_text == text
    assert " changed=4 " in gone, gone
    assert (program.exists(), credentials.exists()) == (True, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has anything to lose")
def test_links_of_another_user(run_roles: t.Callable[..., PlaybookRun]) -> None:
    """In folders of another user's, a link in the place of the program, or of a folder of the credentials, leads nowhere."""
    with tempfile.TemporaryDirectory(prefix="regcred-users-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        theirs, roots = folder / "bin", folder / "roots"
        for each, uid in ((theirs, USER.pw_uid), (roots, 0)):
            each.mkdir()
            os.chown(each, uid, -1)
        roots.chmod(0o700)
        for file in ("shadow", "credentials.json"):
            (roots / file).write_text("{}")
            (roots / file).chmod(0o600)
        for link, target in ((theirs / PROGRAM, roots / "shadow"), (theirs / "etc", roots)):
            link.symlink_to(target)
            os.chown(link, USER.pw_uid, -1, follow_symlinks=False)
        put_other_provider(folder, "etc")
        absent = play("removal", folder, theirs / "etc" / "credentials.json", node_registry_auth_state="absent")
        del absent["vars"]["node_registry_auth_registries"]
        roles = [play("program", folder, folder / "own" / "credentials.json"), absent]
        refused = {"name": "refused", "ansible.builtin.debug": {"msg": "refused"}}
        tries = []
        for role in roles:
            playbook = folder / f"{role['name']}.yml"
            playbook.write_text(json.dumps([{"block": [role], "rescue": [refused]}]))
            tries.append({"name": role["name"], "ansible.builtin.include_tasks": str(playbook)})

        output = run_roles(tries).seen["standard output"]

        kept = {file.name: (file.read_text(), oct(file.stat().st_mode & 0o777)) for file in roots.iterdir()}
        assert kept == dict.fromkeys(("shadow", "credentials.json"), ("{}", "0o600"))
        for link in (theirs / PROGRAM, theirs / "etc"):
            assert f"{link}: is a link that belongs to {USER.pw_name}; it is not followed" in output
