"""
Kubelets are known by their command lines.

Those of kubelet, k3s, RKE2, MicroK8s and k0s are recorded ones, shortened: none of these distributions can run in a test.
"""

from __future__ import annotations

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.command import (
    KubeletCommand,
    kubelet_command,
    root_dir_in_file,
    root_dir_of_sockets,
)

RECORDED = {
    "kubeadm": (
        "/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml",
        KubeletCommand(),
    ),
    "RKE2": (
        "kubelet --volume-plugin-dir=/var/lib/kubelet/volumeplugins --root-dir=/data/kubelet",
        KubeletCommand("/data/kubelet"),
    ),
    "k0s": (
        "/var/lib/k0s/bin/kubelet --config=/run/k0s/kubelet/config.yaml --root-dir=/var/lib/k0s/kubelet --v=1",
        KubeletCommand("/var/lib/k0s/kubelet"),
    ),
    "MicroK8s": (
        "/snap/microk8s/9044/kubelite --kubelet-args-file=/var/snap/microk8s/9044/args/kubelet --start-control-plane=true",
        KubeletCommand(options_file="/var/snap/microk8s/9044/args/kubelet"),
    ),
    "k3s": (
        "/usr/local/bin/k3s server --kubelet-arg=v=2 --kubelet-arg root-dir=/data/kubelet",
        KubeletCommand("/data/kubelet", hides_options=True),
    ),
    "k3s as it calls itself": ("k3s-agent agent", KubeletCommand(hides_options=True)),
    "hyperkube": ("/usr/bin/hyperkube kubelet --root-dir=/a", KubeletCommand("/a")),
    "two words": ("/usr/bin/kubelet --root-dir /a --v 2", KubeletCommand("/a")),
    "twice": ("/usr/bin/kubelet --root-dir=/a --root-dir=/b", KubeletCommand("/b")),
    "one dash": ("/usr/bin/kubelet -root-dir=/a", KubeletCommand("/a")),
}
OTHERS = [
    "/usr/bin/kubectl get pods",
    "k3s kubectl get nodes",
    "vim kubelet",
    "/usr/bin/containerd",
    "k3s",
    "hyperkube scheduler",
]


@pytest.mark.parametrize("name", RECORDED)
def test_kubelets(name: str) -> None:
    """A kubelet, and what its command line says of its folder."""
    line, expected = RECORDED[name]

    assert kubelet_command(line.replace(" ", "\0") + "\0") == expected


@pytest.mark.parametrize("line", [*OTHERS, ""])
def test_others(line: str) -> None:
    """Other programs are none, nor are one-off commands of k3s."""
    assert kubelet_command(line.replace(" ", "\0") + "\0") is None


def test_k3s_hides_its_options() -> None:
    """k3s writes its name over its command line, with blanks in place of NUL and behind it."""
    assert kubelet_command("/usr/local/bin/k3s server" + "\0" * 40) == KubeletCommand(hides_options=True)


def test_path_with_blanks() -> None:
    """A blank in an argument is a part of it."""
    assert kubelet_command("/usr/bin/kubelet\0--root-dir=/my data/kubelet\0") == KubeletCommand("/my data/kubelet")


def test_options_in_a_file() -> None:
    """MicroK8s' file has an option a line, with comments, quotes and variables of the program's environment."""
    text = '# --root-dir=/no\n--eviction-hard="memory.available<100Mi"\n--root-dir=${SNAP_COMMON}/var/lib/kubelet\n--v=1 \'\n'

    assert (
        root_dir_in_file(text, {"SNAP_COMMON": "/var/snap/microk8s/common"})
        == "/var/snap/microk8s/common/var/lib/kubelet"
    )
    assert root_dir_in_file("--root-dir=$A/b\n", {"A": "/a"}) == "/a/b"
    assert root_dir_in_file("--v=1\n", {}) is None


SOCKET = "0000000000000000: 00000002 00000000 00010000 0001 01 {} {}\n"


def test_sockets() -> None:
    """The socket below a kubelet's folder tells which one it is, if it is the kubelet's own; of several none does."""
    other = SOCKET.format(1, "/run/containerd/containerd.sock") + SOCKET.format(2, "@abstract") + SOCKET.format(3, "")
    one, two = (
        SOCKET.format(inode, f"{folder}/pod-resources/3577137149")
        for inode, folder in ((4, "/data/my kubelet"), (5, "/b"))
    )

    assert root_dir_of_sockets(other, {"1", "2", "3"}) is None
    assert root_dir_of_sockets(other + one, {"1", "4"}) == "/data/my kubelet"
    assert root_dir_of_sockets(one + two, {"4", "5"}) is None
    assert root_dir_of_sockets(one + two, {"5"}) == "/b"
    assert root_dir_of_sockets(one, {"1"}) is None
