"""What docker_config writes is read by the real docker client, podman and skopeo; what they wrote stays; a real kubelet is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.process import running_kubelets
from tests.cluster.images import make_image, push_image
from tests.cluster.registry import Registry, start_registry
from tests.e2e.login_programs import USERS, Desk, open_desk
from tests.e2e.module_runs import PROJECT

if t.TYPE_CHECKING:
    from tests.cluster.node import Node
    from tests.e2e.module_runs import ModuleRun, Modules

REFUSED: t.Final = ("no such manifest", "no basic auth credentials", "authentication required")
"""What docker (twice) and skopeo say of an image that one may not see."""
REPOSITORIES: t.Final = ("team/app", "other/app")


@pytest.fixture(name="guarded", scope="module")
def _guarded(programs: t.Mapping[str, Path]) -> t.Iterator[Registry]:
    """A registry with images that nobody gets without a login."""
    assert programs
    with start_registry(USERS) as started:
        image = make_image()
        for repository in REPOSITORIES:
            push_image(started, repository, "1", image)
        yield started


@pytest.fixture(name="desk")
def _desk(guarded: Registry, programs: t.Mapping[str, Path]) -> t.Iterator[Desk]:
    """Somebody who is not logged in anywhere."""
    with open_desk(guarded, programs) as desk:
        yield desk


def write(modules: Modules, file: Path, target: str, registry: str, user: str = "robot") -> ModuleRun:
    """Put a user's credential into a file."""
    item = {"registry": registry, "username": user, "password": USERS[user]}
    run = modules.run_module("docker_config", {"path": str(file), "target": target, "registries": [item]})
    assert not run.failed, run.message
    return run


def docker_sees(desk: Desk, repository: str, *, name: str = "") -> bool:
    """Whether the docker client gets an image's manifest."""
    image = f"{name or desk.registry.address}/{repository}:1"
    return succeeds(desk, [desk.programs["docker"], "manifest", "inspect", image])


def skopeo_sees(desk: Desk, repository: str) -> bool:
    """Whether skopeo gets an image's manifest, with the files that it looks at by itself."""
    image = f"docker://{desk.registry.address}/{repository}:1"
    return succeeds(desk, ["skopeo", "inspect", "--raw", "--cert-dir", desk.registry.certificates, image])


def succeeds(desk: Desk, command: t.Sequence[str | Path]) -> bool:
    """Whether a command does; that it was refused for its login is all that may go wrong."""
    try:
        output = desk.run(command)
    except AssertionError as error:
        if any(text in str(error) for text in REFUSED):
            return False
        raise
    return "schemaVersion" in output


def test_docker(node_modules: Modules, desk: Desk) -> None:
    """The docker client pulls with what was written, also beside its own login, which stays."""
    file, (address, other_name) = desk.home / "docker" / "config.json", desk.names
    desk.docker_login(other_name, "reader")
    of_docker = file.read_text()
    assert not docker_sees(desk, "team/app")

    run = write(node_modules, file, "docker", f"https://{address}/v2/")

    assert docker_sees(desk, "team/app")
    assert docker_sees(desk, "team/app", name=other_name)
    assert run.warnings == []
    assert not write(node_modules, file, "docker", address).changed
    desk.docker_login(other_name, "reader")
    assert not write(node_modules, file, "docker", address).changed
    without = [{"registry": address, "state": "absent"}]
    node_modules.run_module("docker_config", {"path": str(file), "target": "docker", "registries": without})
    assert file.read_text() == of_docker
    assert not docker_sees(desk, "team/app")


def test_new_file_is_as_docker_writes_it(node_modules: Modules, desk: Desk) -> None:
    """A new file is, byte for byte, the one that docker login writes."""
    file = desk.home / "docker" / "config.json"
    desk.docker_login(desk.registry.address, "robot")
    of_docker = file.read_bytes()
    file.unlink()

    write(node_modules, file, "docker", desk.registry.address)

    assert file.read_bytes() == of_docker


def test_rotation(node_modules: Modules, desk: Desk) -> None:
    """A rotated password works at once, and the old one did not."""
    file = desk.home / "docker" / "config.json"
    file.write_text(json.dumps({"auths": {desk.registry.address: {"username": "robot", "password": "of last year"}}}))
    assert not docker_sees(desk, "team/app")

    run = write(node_modules, file, "docker", desk.registry.address)

    assert run.result["reason"].startswith(f"{desk.registry.address}: password changed; mode ")
    assert docker_sees(desk, "team/app")


def test_podman_and_skopeo(node_modules: Modules, desk: Desk) -> None:
    """The auth.json is read by podman and skopeo where it is written, and a key with a path counts for that path alone."""
    file, address = desk.home / ".config" / "containers" / "auth.json", desk.registry.address
    file.parent.mkdir(parents=True)
    assert not skopeo_sees(desk, "team/app")

    write(node_modules, file, "podman", f"{address}/team")

    assert skopeo_sees(desk, "team/app")
    assert not skopeo_sees(desk, "other/app")
    write(node_modules, file, "podman", address, "reader")
    assert skopeo_sees(desk, "other/app")
    assert desk.run(["podman", "login", "--get-login", address]).strip() == "reader"
    assert desk.run(["podman", "login", "--get-login", f"{address}/team"]).strip() == "robot"


def test_after_podman_login(node_modules: Modules, desk: Desk) -> None:
    """A file that podman wrote says the same already, and stays as it is."""
    file, address = desk.home / "auth.json", desk.registry.address
    desk.containers_login("podman", file, address, "robot")
    before = file.read_bytes()

    run = write(node_modules, file, "podman", address)

    assert not run.changed, run.result["reason"]
    assert file.read_bytes() == before


LOOK: t.Final = """
import json
from pathlib import Path
import tests.unit.conftest  # makes the collection importable
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.command import root_dir_of_sockets
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.process import running_kubelets
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.proc import Process
found = []
for each in running_kubelets():
    folder = Path(f"/proc/{each.pid}")
    by_socket = root_dir_of_sockets((folder / "net" / "unix").read_text(), Process(each.pid, folder).sockets)
    found.append([each.root_dir, each.working_directory, each.home, each.is_certain, by_socket])
print(json.dumps(found))
"""


def test_real_kubelet_is_found(node: Node) -> None:
    """Of a kubelet that runs, folder, working directory and home are known on its node; its socket gives the folder, too."""
    done = subprocess.run(
        [*node.inside, sys.executable, "-c", LOOK],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=True,
        capture_output=True,
        text=True,
    )

    root, here = str(node.root_directory), str(node.directory)
    assert json.loads(done.stdout) == [[root, here, f"{here}/home", True, root]]


def test_kubelet_of_another_node(node: Node) -> None:
    """From outside, a node in namespaces of its own is a container, and its kubelet is not this machine's."""
    assert str(node.root_directory) not in [each.root_dir for each in running_kubelets()]
