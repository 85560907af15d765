"""Where each reader's file is, on machines that are folders."""

from __future__ import annotations

import json
import os
import pwd
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import InvalidInput
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.reader_files import (
    Machine,
    Place,
    find_place,
)
from tests.unit.fake_processes import show_process

DOCUMENT = json.dumps({"auths": {"quay.io": {"auth": "dTpw"}}})


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """An empty machine."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    return tmp_path


def machine(root: Path, **environment: str) -> Machine:
    """The machine below a folder, as somebody sees it."""
    return Machine({"HOME": "/home/somebody", **environment}, root)


def put(root: Path, path: str, text: str = DOCUMENT) -> None:
    """A file of the machine."""
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def run_kubelet(root: Path, pid: int, home: str | None = "/root", *, readable: bool = True) -> None:
    """A kubelet, whose working directory is ``/work``."""
    folder = show_process(root / "proc", pid, "kubelet", "--root-dir=/data/kubelet")
    if readable:
        (folder / "environ").write_text(f"HOME={home}" if home else "A=b")
        (folder / "cwd").symlink_to("/work")


def looked_at(place: Place) -> tuple[list[str], list[str]]:
    """The paths of what is looked at before and after, as far as there is anything."""
    before, after = ([file.path for file in files if file.text] for files in (place.others.before, place.others.after))
    return before, after


def test_path_alone(root: Path) -> None:
    """Without a reader, nothing is looked for."""
    assert find_place(None, "/a/b.json", "dockerconfigjson", machine(root)) == Place(Path("/a/b.json"))


def test_kubelet(root: Path) -> None:
    """The file of the kubelet that runs, and those that it looks at after it."""
    run_kubelet(root, 7)
    for path in ("/data/kubelet/.dockercfg", "/root/.docker/config.json", "/root/.dockercfg"):
        put(root, path)

    place = find_place("kubelet", None, "dockerconfigjson", machine(root))

    assert place.path == root / "data/kubelet/config.json"
    assert (place.new_directories, place.warnings) == (0, ())
    assert looked_at(place) == ([], ["/root/.docker/config.json", "/data/kubelet/.dockercfg", "/root/.dockercfg"])
    old = find_place("kubelet", None, "dockercfg", machine(root))
    assert old.path == root / "data/kubelet/.dockercfg"
    assert looked_at(old) == (["/root/.docker/config.json"], ["/root/.dockercfg"])


def test_kubelet_without_home(root: Path) -> None:
    """A kubelet that has no HOME looks in its working directory for what would be there."""
    run_kubelet(root, 7, home=None)
    put(root, "/work/.docker/config.json")

    place = find_place("kubelet", None, "dockerconfigjson", machine(root))

    assert looked_at(place) == ([], ["/work/.docker/config.json"])


def test_kubelet_of_root_seen_by_somebody(root: Path) -> None:
    """Who may not see all of the kubelet's files is warned, with what to do."""
    run_kubelet(root, 7, readable=False)

    (warning,) = find_place("kubelet", None, "dockerconfigjson", machine(root)).warnings

    assert warning.startswith("environment and working directory of the kubelet (process 7) can be read by root alone")
    assert warning.endswith("run the task as root (become)")


def test_no_kubelet(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a kubelet it is the usual folder, with a warning; with a path there is nothing to warn of."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    place = find_place("kubelet", None, "dockerconfigjson", machine(root))

    assert place.path == root / "var/lib/kubelet/config.json"
    assert place.warnings == (
        "no kubelet runs here: /var/lib/kubelet is taken to be its --root-dir; give path when it is another",
    )
    assert find_place("kubelet", "/other/config.json", "dockerconfigjson", machine(root)).warnings == ()


def test_no_kubelet_that_somebody_sees(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not root sees none of root's kubelets, and is not led to think that there is none."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    (warning,) = find_place("kubelet", None, "dockerconfigjson", machine(root)).warnings

    assert warning.endswith("or run the task as root (become), who alone sees which program a process runs")


def test_several_kubelets(root: Path) -> None:
    """Of several kubelets none is guessed."""
    run_kubelet(root, 7)
    run_kubelet(root, 12)

    with pytest.raises(InvalidInput) as caught:
        find_place("kubelet", None, "dockerconfigjson", machine(root))

    assert str(caught.value) == "target: several kubelets run here (processes 7, 12); give path as well"
    put(root, "/root/.docker/config.json")
    named = find_place("kubelet", str(root / "data/kubelet/config.json"), "dockerconfigjson", machine(root))
    assert (looked_at(named), named.warnings) == (([], ["/root/.docker/config.json"]), ())


def test_kubelet_that_hides_its_options(root: Path) -> None:
    """What is not known of k3s is reported."""
    show_process(root / "proc", 7, "/usr/local/bin/k3s agent", "")

    warnings = find_place("kubelet", None, "dockerconfigjson", machine(root)).warnings

    assert warnings[0] == (
        "the kubelet (process 7) does not show its options: /var/lib/kubelet is taken to be its --root-dir; give path when it is "
        "another"
    )


def test_path_that_no_kubelet_reads(root: Path) -> None:
    """A path that the kubelet does not look at is a mistake, and the message names where it looks."""
    run_kubelet(root, 7)

    (warning,) = find_place("kubelet", "/etc/config.json", "dockerconfigjson", machine(root)).warnings

    assert warning == (
        "the kubelet (process 7) never reads /etc/config.json: it looks at /data/kubelet/config.json, /work/config.json, "
        "/root/.docker/config.json, /.docker/config.json"
    )


def test_path_behind_a_link(root: Path) -> None:
    """A file is known by where it really is, and never hides itself."""
    run_kubelet(root, 7)
    put(root, "/root/.docker/config.json")
    (root / "data").symlink_to(root / "root")
    (root / "root" / "kubelet").symlink_to(root / "root" / ".docker")

    place = find_place("kubelet", str(root / "root/.docker/config.json"), "dockerconfigjson", machine(root))

    assert (looked_at(place), place.warnings) == (([], []), ())


def test_docker(root: Path) -> None:
    """The docker client has one file, which its variable moves."""
    own = find_place("docker", None, "dockerconfigjson", machine(root))
    moved = find_place("docker", None, "dockerconfigjson", machine(root, DOCKER_CONFIG="/moved"))

    assert (own.path, own.warnings) == (Path("/home/somebody/.docker/config.json"), ())
    assert (moved.path, moved.warnings) == (Path("/moved/config.json"), ())


def test_docker_reads_another(root: Path) -> None:
    """Variables that take docker away from what is written are named."""
    environment = machine(root, DOCKER_CONFIG="/moved", DOCKER_AUTH_CONFIG="{secret}")

    place = find_place("docker", "/home/somebody/.docker/config.json", "dockerconfigjson", environment)

    assert place.path == Path("/home/somebody/.docker/config.json")
    assert place.warnings == (
        "DOCKER_AUTH_CONFIG is set, and what it has goes before any file of docker's; unset it",
        "DOCKER_CONFIG is set, so docker reads /moved/config.json and not /home/somebody/.docker/config.json",
    )


def test_podman(root: Path) -> None:
    """The file for podman is the one that is still there after the node was started anew; the one that is not goes before it."""
    put(root, "/run/me/containers/auth.json")
    put(root, "/home/somebody/.docker/config.json")

    place = find_place("podman", None, "containers_auth", machine(root, XDG_RUNTIME_DIR="/run/me"))

    assert (place.path, place.new_directories) == (Path("/home/somebody/.config/containers/auth.json"), 2)
    moved = find_place("podman", None, "containers_auth", machine(root, XDG_CONFIG_HOME="/c"))
    assert moved.path == Path("/c/containers/auth.json")
    assert place.warnings == ()


def test_podman_looks_at_another_first(root: Path) -> None:
    """What podman looks at first is known, also when its folder is the default for who runs the task."""
    put(root, "/run/me/containers/auth.json")
    put(root, f"/run/containers/{os.geteuid()}/auth.json")
    written = str(root / "home/somebody/.config/containers/auth.json")

    place = find_place("podman", written, "containers_auth", machine(root, XDG_RUNTIME_DIR="/run/me"))

    assert looked_at(place)[0] == ["/run/me/containers/auth.json", f"/run/containers/{os.geteuid()}/auth.json"]


def test_podman_with_a_file_of_its_own(root: Path) -> None:
    """A file that a variable names is the only one."""
    environment = machine(root, REGISTRY_AUTH_FILE="/a.json")

    assert find_place("podman", None, "containers_auth", environment) == Place(Path("/a.json"), new_directories=2)
    assert find_place("podman", "/b.json", "containers_auth", environment).warnings == (
        "REGISTRY_AUTH_FILE is set, so podman reads /a.json alone",
    )


CRIO: t.Mapping[str, t.Mapping[str, str]] = {
    "/etc/crio/config.json": {"crio.conf": '[crio.image]\nglobal_auth_file = "/etc/crio/config.json"\n'},
    "/last": {
        "crio.conf": 'global_auth_file="/first"\n',
        "crio.conf.d/10-a.conf": "global_auth_file = '/last'\n",
        "crio.conf.d/05-b.conf": 'global_auth_file = "/second"\n',
    },
    f"{pwd.getpwuid(0).pw_dir}/.config/containers/auth.json": {
        "crio.conf": '#global_auth_file = "/no"\npause_image_auth_file = "/no"\nglobal_auth_file = ""\n'
    },
}


@pytest.mark.parametrize("path", CRIO)
def test_crio(root: Path, path: str) -> None:
    """CRI-O's file is in its configuration, of whose files the last counts; when it is not, it is root's."""
    for name, text in CRIO[path].items():
        put(root, f"/etc/crio/{name}", text)

    place = find_place("crio", None, "containers_auth", machine(root))

    assert str(place.path).replace(str(root), "") == path


def test_crio_reads_another(root: Path) -> None:
    """CRI-O looks at nothing else when its configuration names a file."""
    put(root, "/etc/crio/crio.conf", 'global_auth_file = "/etc/crio/config.json"')

    (warning,) = find_place("crio", "/a.json", "containers_auth", machine(root)).warnings

    assert warning == "CRI-O reads /etc/crio/config.json alone (global_auth_file), and never /a.json"


def test_files_that_are_not_read(root: Path) -> None:
    """What is not known of the reader's other files is reported, with file and cause."""
    run_kubelet(root, 7)
    put(root, "/root/.dockercfg", "x")
    (root / "root/.docker").mkdir()
    os.mkfifo(root / "root/.docker/config.json")
    (root / "root/.dockercfg").unlink()
    (root / "root/.dockercfg").symlink_to("gone")

    place = find_place("kubelet", None, "dockerconfigjson", machine(root))

    unknown = "so what the reader finds there is not known"
    assert [warning.rpartition("; ")[0] for warning in place.warnings] == [
        f"{root}/root/.docker/config.json: is a FIFO, where a file should be, {unknown}",
        f"{root}/root/.dockercfg: is a link to {root}/root/gone, which does not exist, {unknown}",
    ]


@pytest.mark.parametrize(("target", "file"), [("podman", "/home/somebody/.dockercfg"), ("crio", "/etc/crio/crio.conf")])
def test_files_of_others_that_are_not_read(root: Path, target: t.Any, file: str) -> None:
    """So it is for each reader, and for what says where its file is."""
    (root / file.lstrip("/")).mkdir(parents=True)
    written = f"{root}/home/somebody/.config/containers/auth.json" if target == "podman" else None

    place = find_place(target, written, "containers_auth", machine(root))

    assert [warning.startswith(f"{root}{file}: is a folder") for warning in place.warnings] == [True]
