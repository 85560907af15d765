"""node_image on a real node: containerd through crictl and ctr, beside it podman, and docker's client with podman behind it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.binaries import find_programs
from tests.cluster.client import Document
from tests.cluster.cluster import Cluster
from tests.cluster.deadlines import HANGS_AFTER_SECONDS, wait_for
from tests.cluster.images import make_image, push_image
from tests.cluster.node import Node
from tests.cluster.pytest_plugin import HOST, USERS
from tests.cluster.registry import Registry
from tests.cluster.watcher import identify
from tests.e2e.module_runs import PROJECT, ModuleRun, Modules, serve_modules
from tests.e2e.playbook_runs import watched_command_lines
from tests.e2e.secret_forms import forms_of, found_in
from tests.environment.packages import NotInstallable, install_packages

PASSWORD: t.Final = USERS["robot"]
RUNTIMES: t.Final = ("crictl", "ctr")
"""Programs of the node's containerd."""
PROGRAMS: t.Final = (*RUNTIMES, "podman", "docker")
STORAGE: t.Final = '[storage]\ndriver = "vfs"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/graph"\n'
ENGINE: t.Final = '[engine]\ntmp_dir = "{folder}/libpod"\n'


RUN_MODULE: t.Final = """\
import json, sys
import tests.unit.conftest  # makes the collection importable
from ansible_collections.regcred.kubernetes.plugins.modules.node_image import main
from tests.unit.module_run import patch_module_args
with patch_module_args(json.loads(sys.argv[1])):
    main()
"""


@dataclass(frozen=True)
class Workplace:
    """
    The module, and where it works.

    Attributes:
        modules: Modules that find all programs on PATH.
        node: The node, whose containerd crictl and ctr talk to.
        registry: Known to the node as `HOST`, to podman by its address.
        folder: Of its own, with the module's temporary files in ``tmp``.
    """

    modules: Modules
    node: Node
    registry: Registry
    folder: Path

    def push(self, program: str, name: str, tag: str = "v1", label: str = "") -> str:
        """The name of a new image, for a program."""
        repository = f"node-image/{name}-{program}"
        push_image(self.registry, repository, tag, make_image(label or f"{repository}:{tag}"))
        return f"{self.host(program)}/{repository}:{tag}"

    def host(self, program: str) -> str:
        """The registry as a program knows it."""
        return HOST if program in RUNTIMES else self.registry.address

    def run(
        self,
        program: str,
        image: str | list[str],
        password: str | None = PASSWORD,
        *,
        check: bool = False,
        **args: t.Any,
    ) -> ModuleRun:
        """Run the module with a program, and for ``robot`` with a password."""
        return self.modules.run_module("node_image", self.options(program, image, password, **args), check=check)

    def options(
        self, program: str, image: str | list[str], password: str | None = PASSWORD, **args: t.Any
    ) -> dict[str, t.Any]:
        """Of the module, to work with a program."""
        images = [image] if isinstance(image, str) else image
        login = {"registry": self.host(program), "username": "robot", "password": password}
        places: dict[str, t.Any] = {
            "crictl": {"endpoint": f"unix://{self.node.directory}/containerd.sock"},
            "ctr": {
                "endpoint": f"{self.node.directory}/containerd.sock",
                "hosts_dir": f"{self.node.directory}/certs.d",
            },
            "podman": {},
            "docker": {"endpoint": f"{self.folder}/podman.sock"},
        }
        options = {"images": images, "runtime": program, **places[program], **args}
        if password is not None and "registries" not in args:
            options["registries"] = [login]
        return options

    def pins(self) -> dict[str, bool]:
        """Whether each image is pinned, by tag or else by id, as the kubelet sees it."""
        done = subprocess.run([*self.node.crictl_command, "images", "-o", "json"], check=True, capture_output=True)
        images = json.loads(done.stdout)["images"]
        return {name: image["pinned"] for image in images for name in image["repoTags"] or [image["id"]]}


@pytest.fixture(name="work", scope="module")
def _work(node: Node, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Workplace]:
    """Everything is in one folder; podman's API stands in for docker's daemon, behind the real docker client."""
    try:
        install_packages(("podman",), what="about 10 s and 20 MB, the first time")
    except NotInstallable as error:
        pytest.skip(str(error))
    built = find_programs(("crictl", "ctr", "docker"))
    folder = tmp_path_factory.mktemp("node-image")
    (folder / "tmp").mkdir()
    for name, text in (("storage.conf", STORAGE), ("containers.conf", ENGINE)):
        (folder / name).write_text(text.format(folder=folder), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setenv("PATH", os.pathsep.join([*(str(path.parent) for path in built.values()), os.environ["PATH"]]))
        patch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        patch.setenv("CONTAINERS_STORAGE_CONF", str(folder / "storage.conf"))
        patch.setenv("SSL_CERT_FILE", str(registry.authority))
        patch.setenv("TMPDIR", str(folder / "tmp"))
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        modules = stack.enter_context(serve_modules())
        service = ["podman", "system", "service", "--time=0", f"unix://{folder}/podman.sock"]
        daemon = stack.enter_context(subprocess.Popen(service, stderr=subprocess.DEVNULL))
        stack.callback(daemon.terminate)
        yield Workplace(modules, node, registry, folder)


def actions(run: ModuleRun) -> list[str]:
    """What was done about each image."""
    return [row["action"] for row in run.result["images"]]


@pytest.mark.parametrize("program", PROGRAMS)
def test_life(program: str, work: Workplace) -> None:
    """Images come with a credential, stay, and go; check mode tells each before, and changes nothing."""
    images = [work.push(program, f"life-{number}") for number in range(2)]
    with watched_command_lines() as seen:
        present = [work.run(program, images, check=check) for check in (True, False, False, True)]
    absent = [work.run(program, images, check=check, state="absent") for check in (True, False, False)]

    assert [actions(run) for run in present] == [["pulled"] * 2, ["pulled"] * 2, ["present"] * 2, ["present"] * 2]
    assert [actions(run) for run in absent] == [["removed"] * 2, ["removed"] * 2, ["absent"] * 2]
    assert [run.changed for run in (*present, *absent)] == [True, True, False, False, True, True, False]
    ids = [run.result["images"][0]["id"] for run in present]
    assert (ids[0], bool(ids[1]), ids[2:]) == ("", True, [ids[1]] * 2)
    assert present[1].result["runtime"]["program"] == program
    assert_warned_once(present, images[0], is_of_kubelet=program in RUNTIMES)
    assert_nothing_is_left(work, seen, images, present)


def assert_warned_once(runs: t.Sequence[ModuleRun], image: str, *, is_of_kubelet: bool) -> None:
    """Where the kubelet may find the images, there is a warning when a credential is used, and not when nothing is pulled."""
    warned_of = [[text.partition(": ")[0] for text in run.warnings] for run in runs]
    assert warned_of == ([[f"{image} and 1 more"]] * 2 if is_of_kubelet else [[], []]) + [[], []]


def assert_nothing_is_left(
    work: Workplace, seen: t.Iterable[str], images: t.Iterable[str], runs: t.Iterable[ModuleRun]
) -> None:
    """No process had the credential among its arguments, no result has it, and no file of ours stays."""
    assert all(any("pull" in line and image in line for line in seen) for image in images), "nothing was seen of it"
    assert found_in("\n".join(seen), forms_of(PASSWORD)) == []
    assert [found for run in runs for found in found_in(repr(run), forms_of(PASSWORD))] == []
    assert [*(work.folder / "tmp").glob("regcred-*")] == []
    assert [file for host in {image.partition("/")[0] for image in images} for file in files_for(host)] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_trouble(program: str, work: Workplace) -> None:
    """Each image's is reported with the reason and what to do, and none is another's; a right credential after a wrong one is tried."""
    host = work.host(program)
    refused, other, missing = (
        work.push(program, "refused"),
        work.push(program, "beside"),
        f"{host}/node-image/nowhere:v1",
    )
    wrong = {"registry": f"{host}/node-image/refused-{program}", "username": "robot", "password": "hunter2-wrong"}
    right = {"registry": host, "username": "robot", "password": PASSWORD}

    failed = work.run(program, [refused, other], registries=[wrong])
    again = work.run(program, [refused, other, missing], registries=[wrong, right], rows_on_failure="all")

    assert failed.message.startswith(f"2 of 2 images failed. {refused}: as robot of {wrong['registry']}: ")
    assert f"check user name and password, and whether robot may pull {refused.rpartition(':')[0]}" in failed.message
    assert f"no credential that was given here is for {other.rpartition(':')[0]}; give one" in failed.message
    assert [row["cause"] for row in failed.result["images"]] == ["denied", "denied"]
    assert found_in(repr(failed), forms_of("hunter2-wrong")) == []
    assert not failed.changed
    assert actions(again) == ["pulled", "pulled", "failed"]
    assert again.changed
    assert again.result["images"][2]["cause"] == "not_found"
    assert "check repository and tag" in again.message


def test_registry_without_an_answer(work: Workplace) -> None:
    """A pull ends when its time is up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = work.run("crictl", f"127.0.0.1:{silent.getsockname()[1]}/app:v1", timeout=1)

    assert [row["cause"] for row in run.result["images"]] == ["timeout"]
    assert "crictl did not end within 1 seconds; raise timeout" in run.message


@contextlib.contextmanager
def endless_pull(work: Workplace, program: str) -> t.Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A run of the module whose pull waits for a registry that never answers, and that registry."""
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        login = {"registry": host, "username": "robot", "password": PASSWORD}
        options = work.options(program, f"{host}/app:v1", registries=[login])
        paths = os.pathsep.join([str(PROJECT), *sys.path])
        with subprocess.Popen(
            [sys.executable, "-c", RUN_MODULE, json.dumps(options)],
            env={**os.environ, "PYTHONPATH": paths},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as run:
            try:
                silent.settimeout(HANGS_AFTER_SECONDS)
                connection, _address = silent.accept()
                stack.callback(connection.close)
                yield run, host
            finally:
                run.kill()


def files_for(host: str) -> list[Path]:
    """Files with a credential for a registry, as far as they are there."""
    found = []
    for file in Path("/run/regcred").glob("secret-*/*"):
        with contextlib.suppress(OSError):
            found += [file] if host in file.read_text(encoding="utf-8") else []
    return found


def children_of(pid: int) -> list[int]:
    """Processes that another one started and that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            found += [int(stat.parent.name)] if (parent == str(pid) and state != "Z") else []
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("program", ["crictl", "podman"])
def test_ended(program: str, number: signal.Signals, work: Workplace) -> None:
    """A run that is ended takes its pull with it, and its folder with the password; what a killed one left, the next takes away."""
    with endless_pull(work, program) as (run, host):
        pulls, files = children_of(run.pid), files_for(host)
        run.send_signal(number)
        run.wait(HANGS_AFTER_SECONDS)
    wait_for(lambda: not any(map(identify, pulls)), "the pull goes on")

    assert (len(pulls) > 0, len(files)) == (True, 1 if program == "podman" else 0)
    assert number == signal.SIGKILL or files_for(host) == []
    work.run(program, work.push(program, "after-the-end"), state="absent")
    assert files_for(host) == []


@pytest.mark.parametrize("program", RUNTIMES)
def test_pins(program: str, work: Workplace) -> None:
    """The kubelet sees a pin and its end; an image that loses its tag to a newer one loses its pin, too."""
    image = work.push(program, "pinned")
    runs = [work.run(program, image, check=check, pinned=True) for check in (True, False, False)]
    former = next(name for name, pinned in work.pins().items() if pinned and name == image)
    work.push(program, "pinned", label=f"newer-{program}")

    foreseen = work.run(program, image, pinned=True, pull="always", check=True)
    moved = work.run(program, image, pinned=True, pull="always")
    same = work.run(program, image, pinned=True, pull="always")
    after_move = work.pins()
    unpinned = work.run(program, image, pinned=False)

    assert former == image
    assert [actions(run) for run in runs] == [["pulled"], ["pulled"], ["present"]]
    assert [run.result["images"][0]["pinned"] for run in runs] == [True] * 3
    assert [actions(run) for run in (foreseen, moved, same, unpinned)] == [
        ["pulled"],
        ["pulled"],
        ["present"],
        ["unpinned"],
    ]
    assert [run.changed for run in (foreseen, moved, same, unpinned)] == [True, True, False, True]
    assert moved.result["images"][0]["previous_id"] == runs[1].result["images"][0]["id"]
    assert {name for name, pinned in after_move.items() if pinned and not name.startswith("images.example.test")} == {
        image
    }
    assert not work.pins()[image]


def test_many_names(work: Workplace) -> None:
    """An image that has another name stays through ctr, and through crictl nothing is removed that nobody named."""
    one = work.push("ctr", "names", label="names")
    other = work.push("ctr", "other", label="names")
    work.run("ctr", [one, other])

    refused = work.run("crictl", one, state="absent")
    through_ctr = work.run("ctr", one, state="absent")
    last = work.run("crictl", [one, other], state="absent")

    assert f"{one}: it has other names ({other}), which would go with it; add them to images" in refused.message
    assert (refused.changed, actions(through_ctr), actions(last)) == (False, ["removed"], ["absent", "removed"])


@pytest.mark.parametrize("program", ["crictl", "podman"])
def test_by_digest(program: str, work: Workplace) -> None:
    """An image that is named by digest is pulled once, whatever tag stands beside it."""
    label = f"digest-{program}"
    tagged = work.push(program, "digest", label=label)
    digest = f"sha256:{hashlib.sha256(make_image(label).manifest).hexdigest()}"
    image = f"{tagged}@{digest}"

    runs = [work.run(program, image, pull="always") for _unused in range(2)]

    assert [actions(run) for run in runs] == [["pulled"], ["present"]]
    assert runs[0].result["images"][0]["name"] == f"{tagged.rpartition(':')[0]}@{digest}"


def test_who_is_not_root(work: Workplace) -> None:
    """Somebody who may not ask the runtime learns that root may."""
    endpoint = f"{work.node.directory}/containerd.sock"
    run = work.modules.run_module("node_image", {"images": ["nginx"], "endpoint": endpoint}, uid=65534)

    assert (
        run.message == f"endpoint: there is no socket '{endpoint}'; correct the path, start the runtime, or become root"
    )


def test_a_pod_that_never_pulls_runs(work: Workplace, cluster: Cluster, namespace: str) -> None:
    """As the kubelet is set up by default, it lets any Pod use what was pulled through ctr; Docker Hub's short names are known."""
    image = work.push("ctr", "never").partition("/")[2]
    login = {"registry": "docker.io", "username": "robot", "password": PASSWORD}
    pulled = work.run("ctr", image, registries=[login])
    assert pulled.result["images"][0]["name"] == f"docker.io/{image}"
    container: Document = {"name": "main", "image": image, "imagePullPolicy": "Never"}
    pod = {"metadata": {"name": "never", "namespace": namespace}, "spec": {"containers": [container]}}
    cluster.client.create({"apiVersion": "v1", "kind": "Pod", **pod})

    status: Document = {}

    def runs() -> bool:
        status.update(cluster.client.get(f"/api/v1/namespaces/{namespace}/pods/never")["status"])
        return bool(status["phase"] == "Running")

    wait_for(runs, status)
