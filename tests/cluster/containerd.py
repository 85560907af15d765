"""
containerd's configuration: where its files are, which registry is behind which name, and how a Pod gets its network.

Everything lies below the directory of the node::

    containerd.toml   the configuration
    containerd/       images and containers
    certs.d/          a folder for each name of a registry
    cni/              a network that is none
"""

from __future__ import annotations

import json
import typing as t

from tests.cluster.private_file import write_private

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.registry import Registry

PAUSE_IMAGE: t.Final = "images.example.test/pause:1"
"""Imported and never pulled, so it is in no registry."""
ADDRESS: t.Final = "10.88.0.2/24"

CONFIGURATION: t.Final = """\
version = 3
root = "{directory}/containerd/root"
state = "{directory}/containerd/state"

[grpc]
  address = "{directory}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{directory}/containerd/opt"

[plugins."io.containerd.nri.v1.nri"]
  disable = true

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{pause_image}"

[plugins."io.containerd.cri.v1.images".registry]
  config_path = "{directory}/certs.d"

[plugins."io.containerd.cri.v1.runtime"]
  # Without CAP_SYS_RESOURCE nobody may lower it, and no Pod would start.
  restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["{directory}/cni/bin"]
  conf_dir = "{directory}/cni/net.d"
  use_internal_loopback = true

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "{runc}"
  Root = "{directory}/containerd/runc"
"""

# It gives each Pod the same address, which nothing answers at: Pods have their loopback and need no more to be Running.
NETWORK_PLUGIN: t.Final = f"""\
#!/bin/sh
case "$CNI_COMMAND" in
ADD) cat <<END ;;
{{
  "cniVersion": "1.0.0",
  "interfaces": [{{"name": "eth0", "sandbox": "$CNI_NETNS"}}],
  "ips": [{{"address": "{ADDRESS}", "interface": 0}}]
}}
END
VERSION) echo '{{"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}}' ;;
esac
"""
NETWORK: t.Final = {"cniVersion": "1.0.0", "name": "box", "plugins": [{"type": "fixed"}]}

HOSTS: t.Final = """\
# Nothing but this: a name that exists elsewhere, too, is not asked there.
server = "https://{address}"
ca = "{authority}"
"""


def write_containerd_files(directory: Path, runc: Path) -> None:
    """
    Write what containerd reads when it starts.

    Args:
        directory: The node's.
        runc: The program.
    """
    text = CONFIGURATION.format(directory=directory, pause_image=PAUSE_IMAGE, runc=runc)
    write_private(directory / "containerd.toml", text.encode())
    write_private(directory / "cni" / "net.d" / "box.conflist", json.dumps(NETWORK).encode())
    write_private(directory / "cni" / "bin" / "fixed", NETWORK_PLUGIN.encode()).chmod(0o700)


def write_registry_files(directory: Path, name: str, registry: Registry) -> None:
    """
    Write what containerd reads at each pull: the registry behind a name, and behind its address.

    Args:
        directory: The node's.
        name: For example ``registry.example.test``.
        registry: Any that runs.
    """
    text = HOSTS.format(address=registry.address, authority=registry.authority)
    for known in (name, registry.address):
        write_private(directory / "certs.d" / known / "hosts.toml", text.encode())
