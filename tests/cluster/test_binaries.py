"""Where programs come from, and that a build which goes wrong leaves nothing to be taken for one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster import binaries
from tests.cluster.deadlines import HANGS_AFTER_SECONDS, wait_for
from tests.cluster.errors import BuildError
from tests.cluster.toolchain import Toolchain
from tests.cluster.watcher import REPOSITORY, Watcher, identify

# Stands in for go: a build of the real one takes minutes. It writes half a program, says who it is, and does what GO_DOES says.
FAKE_GO = """\
#!/bin/sh
[ "$1" = env ] && { echo go1.99.0; exit; }
while [ "$1" != -o ]; do shift; done
printf half > "$2"
echo $$ > "$GO_PID_FILE"
echo "cannot find the answer" >&2
eval "$GO_DOES"
printf '#!/bin/sh\\necho whole\\n' > "$2" && chmod 755 "$2"
"""


@pytest.fixture
def fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A go on PATH and an empty cache; gives the file that will hold its process id."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(FAKE_GO, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GO_PID_FILE", str(tmp_path / "pid"))
    monkeypatch.setenv("GO_DOES", "")
    for name in ("KUBEBUILDER_ASSETS", "REGCRED_KUBERNETES"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "pid"


def files_below(folder: Path) -> set[str]:
    """The names of all files, however deep."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_assets_come_first(tmp_path: Path, fake_go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the folder KUBEBUILDER_ASSETS is taken from there; what it lacks is built."""
    (tmp_path / "etcd").touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

    found = binaries.find_programs(["etcd", "kubectl"])

    assert found["etcd"] == tmp_path / "etcd"
    assert found["kubectl"].is_relative_to(tmp_path / "cache")
    assert fake_go.exists()


def test_built_once(fake_go: Path) -> None:
    """A second look finds what the first one built."""
    first = binaries.find_programs(["etcd"])
    fake_go.unlink()

    assert binaries.find_programs(["etcd"]) == first
    assert not fake_go.exists()
    assert subprocess.run([first["etcd"]], check=True, capture_output=True).stdout == b"whole\n"


def test_output_while_building(
    fake_go: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Who waits for a build is shown what is built, how long that takes, and how far it is."""
    monkeypatch.setattr(binaries, "PROGRESS_SECONDS", 0.1)
    monkeypatch.setenv("GO_DOES", "sleep 0.3")

    binaries.find_programs(["etcd"])

    output = capfd.readouterr().out
    assert "building etcd v3.7.3 with go1.99.0 (the first time about 1 min)" in output
    assert "packages compiled" in output
    assert "built etcd in" in output
    assert fake_go.exists()


def test_failed_build(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that fails shows Go's output, and leaves no program."""
    monkeypatch.setenv("GO_DOES", "exit 3")

    with pytest.raises(BuildError, match=r"(?s)etcd v3\.7\.3: go build ended with 3:.*cannot find the answer"):
        binaries.find_programs(["etcd"])
    assert fake_go.exists()
    assert [name for name in files_below(tmp_path / "cache") if not name.endswith(".lock")] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_build(
    number: signal.Signals, fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, an end by the system and even a kill end go with the build, and the next run builds anew."""
    monkeypatch.setenv("GO_DOES", "sleep 6000")
    builder = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", "run", "--", "true"], cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    wait_for(lambda: fake_go.exists() and fake_go.read_text(encoding="utf-8").strip(), "go did not start")
    go = int(fake_go.read_text(encoding="utf-8"))

    builder.send_signal(number)
    assert builder.wait(HANGS_AFTER_SECONDS) != 0

    wait_for(lambda: identify(go) is None, "go still runs")
    wait_for(lambda: "etcd" not in files_below(tmp_path / "cache"), "half a program is left")
    monkeypatch.setenv("GO_DOES", "")
    assert (
        subprocess.run([binaries.find_programs(["etcd"])["etcd"]], check=True, capture_output=True).stdout == b"whole\n"
    )


def test_interrupted_before_the_watcher_knows(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes between the start of go and the watcher's knowing of it waits, and then ends go, too."""
    monkeypatch.setenv("GO_DOES", "sleep 6000")
    watch = Watcher.watch

    def watch_late(watcher: Watcher, pid: int) -> None:
        signal.raise_signal(signal.SIGINT)
        watch(watcher, pid)

    monkeypatch.setattr(Watcher, "watch", watch_late)

    with pytest.raises(KeyboardInterrupt):
        binaries.find_programs(["etcd"])

    assert not fake_go.exists() or identify(int(fake_go.read_text(encoding="utf-8"))) is None
    assert "etcd" not in files_below(tmp_path / "cache")


CHANGES: list[tuple[str, dict[str, t.Any], str]] = [
    ("another Go", {}, "go1.26.9"),
    ("another package", {"package": "go.etcd.io/etcd/server/v3/other"}, "go1.26.8"),
    ("another module", {"module": "kubernetes-1.36", "package": "k8s.io/kubernetes/cmd/kubectl"}, "go1.26.8"),
    ("build tags", {"tags": ("seccomp",)}, "go1.26.8"),
    ("cgo", {"debian": ("gcc",)}, "go1.26.8"),
]


@pytest.mark.parametrize(("what", "fields", "version"), CHANGES)
def test_cache_key(what: str, fields: dict[str, t.Any], version: str) -> None:
    """Whatever a build is made from tells it apart in the cache."""
    etcd = binaries.PROGRAMS["etcd"]
    key = binaries.cache_key(etcd, Toolchain(Path("go"), "go1.26.8", "PATH"))

    assert key == binaries.cache_key(etcd, Toolchain(Path("/elsewhere/go"), "go1.26.8", "PATH"))
    assert key != binaries.cache_key(replace(etcd, **fields), Toolchain(Path("go"), version, "PATH")), what


def test_cache_key_of_our_own_source(tmp_path: Path) -> None:
    """A change of our own source is a program of its own."""
    source = tmp_path / "main.go"
    program = replace(binaries.PROGRAMS["kubectl"], source=source)
    keys = set()
    for text in ("package main // one", "package main // two"):
        source.write_text(text, encoding="utf-8")
        keys.add(binaries.cache_key(program, Toolchain(Path("go"), "go1.26.8", "PATH")))

    assert len(keys) == 2


def test_our_own_source_is_built(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is built in the module's folder, on its packages."""
    source = tmp_path / "main.go"
    source.touch()
    seen = tmp_path / "seen"
    monkeypatch.setenv("GO_DOES", f'echo "$PWD $3" > {seen}')

    path = binaries.find_built(replace(binaries.PROGRAMS["kubectl"], name="mine", source=source, least_go="1.98.0"))

    assert path.name == "mine"
    assert seen.read_text(encoding="utf-8") == f"{binaries.GO_MODULES / 'kubernetes-1.36'} {source}\n"
    assert fake_go.exists()


def test_a_release_that_is_asked_for(tmp_path: Path, fake_go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a release gets it, whatever is in KUBEBUILDER_ASSETS; what is not part of Kubernetes has none."""
    (tmp_path / "kubectl").touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setenv("REGCRED_KUBERNETES", "1.34")

    found = binaries.find_programs(["etcd", "kubectl"])

    assert found["kubectl"].parent.name.startswith("kubectl-v1.34.")
    assert found["etcd"].parent.name.startswith(f"etcd-{binaries.PROGRAMS['etcd'].version}-")
    assert fake_go.exists()


def test_a_release_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release is refused with those that are there, before anything is built."""
    monkeypatch.setenv("REGCRED_KUBERNETES", "1.7")

    with pytest.raises(BuildError, match=r"^Kubernetes 1\.7: go/ pins no such release; take one of 1\.36, 1\.34$"):
        binaries.find_programs(["etcd"])


@pytest.mark.parametrize("release", binaries.RELEASES)
def test_pins_of_a_release(release: str) -> None:
    """All modules of one release have the same version, and all programs can be built from it."""
    kubectl = binaries.PROGRAMS["kubectl"].of_release(release)
    patch = kubectl.version.removeprefix(f"v{release}.")
    replaced = re.findall(r"^\t(k8s\.io/\S+) => (\S+) (\S+)$", kubectl.go_mod, flags=re.MULTILINE)

    assert patch.isdecimal()
    assert len(replaced) > 30
    for module, source, version in replaced:
        assert (source, version) == (module, f"v0.{release.partition('.')[2]}.{patch}")
    assert {name for name, program in binaries.PROGRAMS.items() if f"\t{program.package}\n" in kubectl.go_mod} == {
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubectl",
        "kubelet",
    }


@pytest.mark.parametrize("name", binaries.CONTROL_PLANE)
def test_real_version(name: str) -> None:
    """Each program is the version that its go.mod pins, and says so."""
    command = {"etcd": ["--version"], "kubectl": ["version", "--client"]}.get(name, ["--version"])
    program = binaries.find_programs([name])[name]

    output = subprocess.run([program, *command], check=True, capture_output=True, text=True).stdout

    release = os.environ.get("REGCRED_KUBERNETES") or binaries.RELEASES[0]
    assert binaries.PROGRAMS[name].of_release(release).version.removeprefix("v") in output


def test_environment_of_the_user(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a user that would change the programs do not reach go."""
    seen = tmp_path / "seen"
    for name, value in {"GOOS": "plan9", "GOFLAGS": "-mod=vendor", "GOTOOLCHAIN": "auto", "CGO_ENABLED": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GO_DOES", f"env > {seen}")

    binaries.find_programs(["etcd"])

    variables = dict(line.partition("=")[::2] for line in seen.read_text(encoding="utf-8").splitlines())
    fixed = {name: variables.get(name) for name in ("GOOS", "GOFLAGS", "GOTOOLCHAIN", "CGO_ENABLED")}
    assert fixed == {"GOOS": None, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    assert fake_go.exists()


def test_program_that_needs_cgo(fake_go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that names Debian packages is built with cgo and its tags, once the packages are there."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(binaries, "install_packages", lambda names, **_unused: asked.append(tuple(names)))
    seen = tmp_path / "seen"
    monkeypatch.setenv("GO_DOES", f'echo "$CGO_ENABLED" > {seen}')

    binaries.find_programs(["runc"])

    assert asked == [binaries.CGO_PACKAGES]
    assert seen.read_text(encoding="utf-8") == "1\n"
    assert binaries.PROGRAMS["runc"].flags[3:5] == ("-tags", "seccomp")
    assert fake_go.exists()
