"""The role node_registry_auth leaves folders that it did not make as they are."""

from __future__ import annotations

import typing as t

from tests.e2e.playbook_runs import Playbooks

if t.TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_folder_of_the_credentials(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A missing folder is made, mode 0700; one that is there, as /etc is, keeps its mode, in a second run, too."""
    there, missing = tmp_path / "there", tmp_path / "missing"
    work = tmp_path_factory.mktemp("role")  # short: the path of a socket of ansible-core's is below it
    for folder in (there, tmp_path / "bin"):
        folder.mkdir()
        folder.chmod(0o755)
    roles = [
        {
            "name": f"{folder.name}, run {number}",
            "ansible.builtin.include_role": {"name": "regcred.kubernetes.node_registry_auth"},
            "vars": {
                "node_registry_auth_method": "credential_provider",
                "node_registry_auth_path": str(tmp_path / f"{folder.name}.yaml"),
                "node_registry_auth_provider_bin_dir": str(tmp_path / "bin"),
                "node_registry_auth_provider_config_path": str(folder / "credentials.json"),
                "node_registry_auth_registries": [{"registry": "quay.io", "username": "robot", "password": "made-up"}],
                "node_registry_auth_restart": "never",
            },
        }
        for folder in (there, missing)
        for number in (1, 2)
    ]

    run = Playbooks(work, work / "no-kubeconfig").run(roles, {})

    files = [folder / "credentials.json" for folder in (there, missing)]
    assert [file.exists() for file in files] == [True, True], run.seen["standard output"]
    assert [oct(path.stat().st_mode & 0o777) for path in (there, missing, *files)] == [
        "0o755",
        "0o700",
        "0o600",
        "0o600",
    ]
