"""
Where each program is: in the folder ``KUBEBUILDER_ASSETS``, in the cache, or built now from its published Go module.

Each module has a folder under ``go/`` whose go.mod and go.sum pin everything that goes into its programs. In the cache
a program has a folder of its own, named after its version and a hash of all that a build is made from, so that two
versions of it never meet.

The control plane is the newest release of Kubernetes that is pinned, or the one that the variable ``REGCRED_KUBERNETES``
names, such as ``1.34``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import subprocess
import time
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

from tests.cluster.errors import BuildError, last_lines
from tests.cluster.processes import start_watched
from tests.cluster.toolchain import Toolchain, find_toolchain, install
from tests.cluster.watcher import Watcher
from tests.environment.cache import build_once, cache_root
from tests.environment.packages import install_packages

GO_MODULES: t.Final = Path(__file__).parent / "go"
PROGRESS_SECONDS: t.Final = 20
GIT_VERSION: t.Final = "k8s.io/component-base/version"
KUBERNETES: t.Final = "kubernetes-"
RELEASES: t.Final = ("1.36", "1.34")
"""The releases of Kubernetes with a folder under ``go/``: the newest, and the oldest that the collection supports."""
ASKED_RELEASE: t.Final = "REGCRED_KUBERNETES"


@dataclass(frozen=True)
class Program:
    """
    One program and what it is built from.

    Attributes:
        name: The file's name.
        module: The folder under ``go/``.
        package: The main package; with a ``source`` the one that it is about, whose module gives the version.
        usual_minutes: A first build on two cores, in the order of `CONTROL_PLANE`, as a guide for who waits.
        source: A Go file of ours with a main package, which is built on the packages of the module.
        least_go: The oldest Go that ``source`` can be built with, where that is newer than the go.mod asks for.
        tags: Its build tags, for example ``("seccomp",)``.
        debian: Packages of Debian that its build needs; a program that has any is built with cgo, all others without.
    """

    name: str
    module: str
    package: str
    usual_minutes: float
    source: Path | None = None
    least_go: str = ""
    tags: tuple[str, ...] = ()
    debian: tuple[str, ...] = ()

    def of_release(self, release: str) -> Program:
        """
        The same program of another release of Kubernetes, for example ``1.34``; what is not part of Kubernetes stays.

        Raises:
            BuildError: This release is not pinned.
        """
        if release not in RELEASES:
            raise BuildError(f"Kubernetes {release}: go/ pins no such release; take one of {', '.join(RELEASES)}")
        return replace(self, module=f"{KUBERNETES}{release}") if self.module.startswith(KUBERNETES) else self

    @property
    def version(self) -> str:
        """The pinned version of the module that the package is in, for example ``v1.36.3``."""
        for path, version in re.findall(
            r"^(?:require |\t)(\S+) (v\S+)(?: // indirect)?$", self.go_mod, flags=re.MULTILINE
        ):
            if self.package == path or self.package.startswith(f"{path}/"):
                return str(version)
        raise BuildError(f"{self.name}: go/{self.module}/go.mod requires no module with the package {self.package}")

    @property
    def minimum_go(self) -> str:
        """The oldest Go to build it with: what its source asks for, or else the ``go`` line of its go.mod."""
        if self.least_go:
            return self.least_go
        match = re.search(r"^go (\S+)$", self.go_mod, flags=re.MULTILINE)
        if match is None:
            raise BuildError(f"{self.name}: go/{self.module}/go.mod has no go line")
        return match[1]

    @property
    def go_mod(self) -> str:
        """The text of its go.mod."""
        return (GO_MODULES / self.module / "go.mod").read_text(encoding="utf-8")

    @property
    def flags(self) -> tuple[str, ...]:
        """The arguments of ``go build``; without the version in it, Kubernetes calls itself v0.0.0-master."""
        link = ["-s", "-w"]
        if self.module.startswith(KUBERNETES):
            major, minor, _unused = self.version.removeprefix("v").split(".")
            known = {
                "gitVersion": self.version,
                "gitMajor": major,
                "gitMinor": minor,
                "gitTreeState": "clean",
                "gitCommit": "unknown",
            }
            link += [f"-X {GIT_VERSION}.{name}={value}" for name, value in known.items()]
            # kubectl parses the date: any will do, as long as a build is the same each time.
            link.append(f"-X {GIT_VERSION}.buildDate=2026-01-01T00:00:00Z")
        tags = ("-tags", ",".join(self.tags)) if self.tags else ()
        return "-mod=readonly", "-trimpath", "-buildvcs=false", *tags, "-ldflags", " ".join(link)


CONTAINERD: t.Final = "github.com/containerd/containerd/v2/cmd"
CGO_PACKAGES: t.Final = ("gcc", "libc6-dev", "libseccomp-dev", "pkg-config")
PROGRAMS: t.Final[t.Mapping[str, Program]] = {
    program.name: program
    for program in (
        Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", 1),
        Program("kube-apiserver", "kubernetes-1.36", "k8s.io/kubernetes/cmd/kube-apiserver", 5),
        Program("kube-controller-manager", "kubernetes-1.36", "k8s.io/kubernetes/cmd/kube-controller-manager", 2),
        Program("kubectl", "kubernetes-1.36", "k8s.io/kubernetes/cmd/kubectl", 0.5),
        Program("kube-scheduler", "kubernetes-1.36", "k8s.io/kubernetes/cmd/kube-scheduler", 1),
        Program("kubelet", "kubernetes-1.36", "k8s.io/kubernetes/cmd/kubelet", 2),
        Program("containerd", "containerd", f"{CONTAINERD}/containerd", 2),
        Program("containerd-shim-runc-v2", "containerd", f"{CONTAINERD}/containerd-shim-runc-v2", 0.3),
        Program("ctr", "containerd", f"{CONTAINERD}/ctr", 0.3),
        Program("crictl", "cri-tools", "sigs.k8s.io/cri-tools/cmd/crictl", 1.5),
        # Without seccomp it builds and starts no Pod: the kubelet asks for the runtime's default profile on each sandbox.
        Program("runc", "runc", "github.com/opencontainers/runc", 0.5, tags=("seccomp",), debian=CGO_PACKAGES),
        Program("registry", "registry", "github.com/distribution/distribution/v3/cmd/registry", 2),
        Program("docker", "docker-cli", "github.com/docker/cli/cmd/docker", 1.5),
        Program(
            "docker-credential-pass",
            "docker-credential-helpers",
            "github.com/docker/docker-credential-helpers/pass/cmd",
            0.1,
        ),
    )
}
CONTROL_PLANE: t.Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
NODE: t.Final = ("kube-scheduler", "kubelet", "containerd", "containerd-shim-runc-v2", "ctr", "crictl", "runc")


def find_programs(names: t.Iterable[str] = CONTROL_PLANE) -> dict[str, Path]:
    """
    The path of each program; what is nowhere yet is built, and its progress is printed.

    Who asks for a release gets that one: the folder ``KUBEBUILDER_ASSETS``, whose release nobody knows, is left alone then.

    Returns:
        For example ``{"etcd": Path("/home/ann/.cache/regcred/bin/etcd-v3.7.3-0f1e2d3c4b5a/etcd")}``.

    Raises:
        ToolchainError: A build is needed, and there is no Go for it.
        NotInstallable: A build is needed, and packages that it needs cannot be installed here.
        BuildError: A build failed, and the message ends with Go's output; or the release that is asked for is not pinned.
    """
    release = os.environ.get(ASKED_RELEASE)
    if release:
        return {name: find_built(PROGRAMS[name].of_release(release)) for name in names}
    return {name: _from_assets(name) or find_built(PROGRAMS[name]) for name in names}


def find_built(program: Program) -> Path:
    """
    The path of a program in the cache; when it is not there yet it is built, and its progress is printed.

    Raises:
        ToolchainError: A build is needed, and there is no Go for it.
        NotInstallable: A build is needed, and packages that it needs cannot be installed here.
        BuildError: The build failed; the message ends with Go's output.
    """
    toolchain = find_toolchain(program.minimum_go)
    folder = cache_root() / "bin" / f"{program.name}-{program.version}-{cache_key(program, toolchain)}"

    def build(empty_folder: Path) -> None:
        install(toolchain)
        install_packages(program.debian, what="about 10 s, 1 MB")
        _build(program, toolchain, empty_folder)

    return build_once(folder, build, what=f"{program.name} {program.version}") / program.name


def cache_key(program: Program, toolchain: Toolchain) -> str:
    """Twelve hexadecimal digits that change with anything a build is made from."""
    go_sum = (GO_MODULES / program.module / "go.sum").read_text(encoding="utf-8")
    made_from = [
        program.go_mod,
        go_sum,
        program.package,
        program.flags,
        toolchain.version,
        platform.system(),
        platform.machine(),
    ]
    if program.debian:
        made_from.append(program.debian)
    if program.source:
        made_from.append(program.source.read_text(encoding="utf-8"))
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:12]


def _from_assets(name: str) -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    path = Path(folder, name).absolute() if folder else None
    return path if path and os.access(path, os.X_OK) else None


def _build(program: Program, toolchain: Toolchain, folder: Path) -> None:
    """Everything is written to a scratch folder, which the watcher removes however this ends."""
    print(
        f"building {program.name} {program.version} with {toolchain.version} (the first time about {program.usual_minutes:g} min)",
        flush=True,
    )
    scratch = folder / "scratch"
    scratch.mkdir()
    started = time.monotonic()
    watcher = Watcher(scratch)
    process: subprocess.Popen[bytes] | None = None
    try:
        process = _start_go(program, toolchain, scratch, watcher)
        _report_until_ended(process, scratch / "log", started)
        if process.returncode != 0:
            logged = (scratch / "log").read_text(encoding="utf-8", errors="replace")
            raise BuildError(
                f"{program.name} {program.version}: go build ended with {process.returncode}:\n{last_lines(logged)}"
            )
        (scratch / program.name).replace(folder / program.name)
    finally:
        watcher.close()
        if process is not None:
            process.wait()
    print(f"built {program.name} in {time.monotonic() - started:.0f} s", flush=True)


def _start_go(program: Program, toolchain: Toolchain, scratch: Path, watcher: Watcher) -> subprocess.Popen[bytes]:
    command = [
        str(toolchain.program),
        "build",
        "-v",
        *program.flags,
        "-o",
        str(scratch / program.name),
        str(program.source or program.package),
    ]
    return start_watched(
        command,
        directory=GO_MODULES / program.module,
        log=scratch / "log",
        watcher=watcher,
        environment=_environment(program, toolchain, scratch),
    )


def _environment(program: Program, toolchain: Toolchain, scratch: Path) -> dict[str, str]:
    """The user's settings of proxies and caches count; what would change the programs does not."""
    changes_programs = {"GOOS", "GOARCH", "GOEXPERIMENT", "GODEBUG", "GOROOT"}
    kept = {name: value for name, value in os.environ.items() if name not in changes_programs}
    fixed = {
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly",
        "CGO_ENABLED": "1" if program.debian else "0",
        "GOTMPDIR": str(scratch),
    }
    return {**kept, **fixed, **toolchain.settings}


def _report_until_ended(process: subprocess.Popen[bytes], log: Path, started: float) -> None:
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PROGRESS_SECONDS)
            return
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        downloaded = sum(line.startswith("go: downloading") for line in lines)
        print(
            f"  {time.monotonic() - started:.0f} s: {downloaded} modules downloaded, {len(lines) - downloaded} packages compiled",
            flush=True,
        )
