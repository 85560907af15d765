"""What the programs are given, never with a secret among it, and what they answer; nerdctl's answers are after its source."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import Credential
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import parse_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.local_image import LocalImage
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.crictl import Crictl, runtime_name
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.ctr import Ctr
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.docker import Docker
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.nerdctl import Nerdctl
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.podman import Podman
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.program import ImageProgram, last_message
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.images.tools import PROGRAMS as ALL_PROGRAMS

SOCKET = "/run/a.sock"
D1, D2, I1 = (f"sha256:{digit * 64}" for digit in "123")
APP = parse_image(f"registry.example.test:5000/team/app:v1@{D1}")
NGINX = parse_image("nginx:1.29")
LOGIN = Credential("robot", SecretText("hunter2:x"))
AUTH = "cm9ib3Q6aHVudGVyMjp4"
PROGRAMS: dict[str, ImageProgram] = {
    "crictl": Crictl(("/bin/k3s", "crictl"), SOCKET),
    "ctr": Ctr(("/bin/ctr",), SOCKET, hosts_dir="/etc/certs.d"),
    "nerdctl": Nerdctl(("/bin/nerdctl",), SOCKET, hosts_dir="/etc/certs.d"),
    "podman": Podman(("/bin/podman",)),
    "docker": Docker(("/bin/docker",), SOCKET),
}
CRICTL = f"/bin/k3s crictl --runtime-endpoint unix://{SOCKET} --image-endpoint unix://{SOCKET} --timeout 120s"
CTR = f"/bin/ctr --address {SOCKET} --namespace k8s.io images"
NERDCTL = f"/bin/nerdctl --address {SOCKET} --namespace k8s.io --hosts-dir /etc/certs.d"
DOCKER = f"/bin/docker --host unix://{SOCKET}"
LISTINGS = {
    "crictl": f"{CRICTL} images --output json",
    "ctr": f"{CTR} list",
    "nerdctl": f"{NERDCTL} images --no-trunc --names --format {{{{json .}}}}",
    "podman": "/bin/podman images --no-trunc --format json",
    "docker": f"{DOCKER} image list --no-trunc --digests --format {{{{json .}}}}",
}
PULLS = {
    "crictl": f"{CRICTL} pull {{}}",
    "ctr": f"{CTR} pull --hosts-dir /etc/certs.d {{}}",
    "nerdctl": f"{NERDCTL} pull --quiet {{}}",
    "podman": "/bin/podman pull --quiet {}",
    "docker": f"{DOCKER} pull --quiet {{}}",
}
REMOVALS = {
    "crictl": f"{CRICTL} rmi a/x:1",
    "ctr": f"{CTR} remove a/x:1 a/x@{D1} {I1}",
    "nerdctl": f"{NERDCTL} rmi a/x:1 a/x@{D1}",
    "podman": "/bin/podman rmi a/x:1",
    "docker": f"{DOCKER} image rm a/x:1",
}


def test_every_program_is_here() -> None:
    """A new program gets a row in each table above."""
    tables: t.Mapping[str, t.Mapping[str, object]] = {
        "PROGRAMS": PROGRAMS,
        "LISTINGS": LISTINGS,
        "PULLS": PULLS,
        "REMOVALS": REMOVALS,
    }

    for name, table in tables.items():
        assert set(table) == set(ALL_PROGRAMS), f"give {name} a row for each program"


@pytest.mark.parametrize("name", ALL_PROGRAMS)
def test_what_it_says_of_itself(name: str) -> None:
    """Each knows its runtimes, and what to do where it cannot pin; crictl and ctr are pinned by ctr."""
    program = ALL_PROGRAMS[name]

    assert program.kinds, f"{name}: give the class its kinds"
    assert program.pin_cure or name in ("crictl", "ctr"), f"{name}: give the class a pin_cure"


@pytest.mark.parametrize("name", PROGRAMS)
def test_commands(name: str) -> None:
    """Each program lists, pulls without a login, and removes; a digest stands without the tag beside it."""
    program = PROGRAMS[name]

    commands = [
        program.listing(),
        program.pull(APP, None),
        program.pull(NGINX, None),
        program.removal(["a/x:1", f"a/x@{D1}", I1]),
    ]

    assert program.name == name
    assert [" ".join(command.arguments) for command in commands] == [
        LISTINGS[name],
        PULLS[name].format(f"registry.example.test:5000/team/app@{D1}"),
        PULLS[name].format("docker.io/library/nginx:1.29"),
        REMOVALS[name],
    ]
    assert [command.has_output for command in commands] == [True, False, False, False]
    assert not any(command.environment or command.file or command.typed for command in commands)


@pytest.mark.parametrize("name", PROGRAMS)
def test_login_is_no_argument(name: str) -> None:
    """With a login the arguments are the same, but for ctr's user name."""
    command = PROGRAMS[name].pull(NGINX, LOGIN)

    arguments = " ".join(command.arguments).replace("--user robot ", "")
    assert arguments == PULLS[name].format("docker.io/library/nginx:1.29")
    assert ("--user" in command.arguments) == (name == "ctr")
    assert [bool(command.environment), bool(command.file), bool(command.typed)].count(True) == 1


def test_login_of_crictl() -> None:
    """It comes by a variable; what follows the first colon is the password."""
    environment = PROGRAMS["crictl"].pull(NGINX, LOGIN).environment

    assert {name: text.reveal() for name, text in environment.items()} == {"CRICTL_CREDS": "robot:hunter2:x"}


def test_login_of_ctr() -> None:
    """The password is typed; one that no line can hold is refused with what to do."""
    typed = PROGRAMS["ctr"].pull(NGINX, LOGIN).typed

    assert typed == LOGIN.password
    with pytest.raises(ValueError, match=r"of one line .* install crictl"):
        PROGRAMS["ctr"].pull(NGINX, Credential("_json_key", SecretText('{\n"private_key": ""}')))


@pytest.mark.parametrize(
    ("name", "image", "variable", "key"),
    [
        ("docker", APP, "DOCKER_CONFIG", "registry.example.test:5000"),
        ("docker", NGINX, "DOCKER_CONFIG", "https://index.docker.io/v1/"),
        ("nerdctl", NGINX, "DOCKER_CONFIG", "https://index.docker.io/v1/"),
        ("podman", APP, "REGISTRY_AUTH_FILE", "registry.example.test:5000"),
        ("podman", NGINX, "REGISTRY_AUTH_FILE", "docker.io"),
    ],
)
def test_login_file(name: str, image: object, variable: str, key: str) -> None:
    """It holds one login, under the key that this program looks up."""
    file = PROGRAMS[name].pull(image, LOGIN).file  # type: ignore[arg-type]  # an image

    assert file is not None
    assert (file.variable, file.names_folder) == (variable, variable == "DOCKER_CONFIG")
    assert json.loads(file.text.reveal()) == {"auths": {key: {"auth": AUTH}}}


def test_list_of_crictl() -> None:
    """Tags, digests and the id are names, and pins are reported."""
    tagged = {"id": I1, "repoTags": ["a/x:1"], "repoDigests": [f"a/x@{D1}"], "size": "1", "pinned": True}
    dangling = {"id": D2, "repoTags": None, "size": "1"}

    images = PROGRAMS["crictl"].parse_listing(json.dumps({"images": [tagged, dangling]}))

    assert images == (LocalImage(I1, ("a/x:1", f"a/x@{D1}", I1), pinned=True), LocalImage(D2, (D2,)))


MANIFEST, INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
TABLE = f"""\
REF   TYPE  DIGEST  SIZE  PLATFORMS  LABELS
a/x:1 {MANIFEST} {D1} 670.6 KiB linux/amd64 io.cri-containerd.image=managed
{I1} {MANIFEST} {D1} 670.6 KiB linux/amd64 io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned
b/y:1 {INDEX}    {D2} 1.0 MiB   linux/amd64,linux/arm64/v8 io.cri-containerd.pinned=no,note=two words
b/z:1 {INDEX}    {D2} 0.0 B     -           -
"""


def test_list_of_ctr() -> None:
    """Names with one digest are one image; one pinned name pins it."""
    images = PROGRAMS["ctr"].parse_listing(TABLE)

    assert images == (LocalImage(D1, ("a/x:1", I1), pinned=True), LocalImage(D2, ("b/y:1", "b/z:1")))


@pytest.mark.parametrize("output", ["", "NAME TAG\n"])
def test_other_table(output: str) -> None:
    """A table with other columns is none of ctr's."""
    with pytest.raises(ValueError, match="REF TYPE DIGEST"):
        PROGRAMS["ctr"].parse_listing(output)


def test_pins_of_ctr() -> None:
    """A pin is a label, and taken off by an empty one."""
    ctr = Ctr(("/bin/ctr",), SOCKET)
    commands = [ctr.pinning("a/x:1", pinned=pinned) for pinned in (True, False)]

    assert [" ".join(command.arguments) for command in commands] == [
        f"{CTR} label a/x:1 io.cri-containerd.pinned=pinned",
        f"{CTR} label a/x:1 io.cri-containerd.pinned=",
    ]


def test_list_of_nerdctl() -> None:
    """A line for each name and platform; the id is that of the manifest or index."""
    rows = [
        {"Digest": D1, "ID": D1, "Name": "a/x:1", "Repository": "a/x", "Tag": "1", "Platform": "linux/amd64"},
        {"Digest": D1, "ID": D1, "Name": "a/x:1", "Repository": "a/x", "Tag": "1", "Platform": "linux/arm64"},
        {"Digest": D1, "ID": D1, "Name": f"a/x@{D1}", "Repository": "a/x", "Tag": "<none>", "Platform": "linux/amd64"},
    ]

    images = PROGRAMS["nerdctl"].parse_listing("\n".join(map(json.dumps, rows)))

    assert images == (LocalImage(D1, ("a/x:1", f"a/x@{D1}")),)


def test_list_of_podman() -> None:
    """An image is there once for each of its names; digests count even where they are not among the names."""
    image = {"Id": "1" * 64, "RepoTags": None, "RepoDigests": [f"a/x@{D1}"], "Names": ["a/x:1", "b/y:1"]}
    dangling = {"Id": "2" * 64, "RepoTags": None, "RepoDigests": None, "Names": None}

    images = PROGRAMS["podman"].parse_listing(json.dumps([image, image, dangling]))

    assert images == (LocalImage("1" * 64, ("a/x:1", "b/y:1", f"a/x@{D1}")),)


def test_list_of_docker() -> None:
    """Docker Hub's short names are written out; a row has a tag, a digest, both or none."""
    rows = [
        {"ID": I1, "Repository": "nginx", "Tag": "1.29", "Digest": D1},
        {"ID": I1, "Repository": "quay.io/x", "Tag": "<none>", "Digest": D1},
        {"ID": I1, "Repository": "quay.io/x", "Tag": "1", "Digest": "<none>"},
        {"ID": D2, "Repository": "<none>", "Tag": "<none>", "Digest": "<none>"},
    ]

    images = PROGRAMS["docker"].parse_listing("\n".join(map(json.dumps, rows)))

    hub = "docker.io/library/nginx"
    assert images == (LocalImage(I1, (f"{hub}:1.29", f"{hub}@{D1}", f"quay.io/x@{D1}", "quay.io/x:1")),)


def test_runtime_name() -> None:
    """The name of the runtime behind crictl."""
    assert runtime_name("Version:  0.1.0\nRuntimeName:  cri-o\nRuntimeVersion:  1.36.3\n") == "cri-o"
    assert runtime_name("") == ""


WARNING = 'time="2026-11-22T11:24:55Z" level=warning msg="DEPRECATION"'
KLOG = 'E1122 11:24:55.075120 5554 remote_image.go:250] "PullImage from image service failed" err="..."'
FATAL = r'time="2026-11-22T11:24:55Z" level=fatal msg="pulling image: failed to pull \"a/x:1\": 401 Unauthorized"'


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (f"{WARNING}\nctr: failed to resolve image: x: not found\n", "failed to resolve image: x: not found"),
        (f"{KLOG}\n{FATAL}\n", 'pulling image: failed to pull "a/x:1": 401 Unauthorized'),
        ("Trying to pull a/x:1...\nError: initializing source: denied\n", "initializing source: denied"),
        ("", ""),
        ("x" * 601, "x" * 600 + "..."),
    ],
)
def test_last_message(errors: str, expected: str) -> None:
    """The last line that was written, without what surrounds it."""
    assert last_message(errors) == expected
