"""The inventory as Ansible calls it, with its options as they are documented."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible.template import Templar

from ansible_collections.regcred.kubernetes.plugins.doc_fragments import _cluster
from ansible_collections.regcred.kubernetes.plugins.inventory.cluster_nodes import DOCUMENTATION, InventoryModule
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.api import KubeApi
from tests.unit.fake_kubelet import make_node
from tests.unit.module_run import Cluster, cluster_in_memory

pytest.importorskip("urllib3")

NAME = "regcred.kubernetes.cluster_nodes"
TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'id') }}"


@pytest.fixture(name="cluster")
def _cluster_fixture() -> t.Iterator[Cluster]:
    """Two nodes, one of which says of itself what would be a template elsewhere."""
    with cluster_in_memory(0) as cluster:
        api = KubeApi(cluster.world.transport, 1)
        info = {"osImage": TEMPLATE, "containerRuntimeVersion": "cri-o://1.34.1", "architecture": "arm64"}
        addresses = [{"type": "ExternalIP", "address": "192.0.2.1"}, {"type": "InternalIP", "address": "10.0.0.1"}]
        labels = {"node-role.kubernetes.io/control-plane": "", "pool": "build"}
        make_node(api, "one", labels=labels, nodeInfo=info, addresses=addresses)
        make_node(api, "two", conditions=[])
        yield cluster


def parse(cluster: Cluster, folder: Path, *, use_cache: bool = True, **options: t.Any) -> t.Any:
    """The inventory of a file with these options; the loader, which tells of options otherwise, finds installed collections only."""
    documented: dict[str, t.Any] = {}
    for fragment in (_cluster, constructed, inventory_cache):
        documented.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"])
    documented.update(yaml.safe_load(DOCUMENTATION)["options"])
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, documented)
    path = folder / "cluster_nodes.yml"
    path.write_text(yaml.safe_dump({"plugin": NAME, "host": cluster.loopback.url, **options}), encoding="utf-8")
    plugin: t.Any = InventoryModule()
    plugin._load_name = plugin._original_path = NAME  # noqa: SLF001  # see above
    plugin._redirected_names = [NAME]  # noqa: SLF001  # see above
    inventory = InventoryData()
    plugin.parse(inventory, DataLoader(), str(path), cache=use_cache)
    if options.get("cache"):
        plugin.update_cache_if_changed()  # as Ansible does
    return inventory


def groups(inventory: t.Any) -> dict[str, list[str]]:
    """Hosts by group."""
    return {name: [host.name for host in group.hosts] for name, group in inventory.groups.items() if group.hosts}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cluster_nodes.yml", True),
        ("production.cluster_nodes.yaml", True),
        ("my_cluster_nodes.yml", False),
        ("cluster_nodes.json", False),
    ],
)
def test_file_names(name: str, expected: bool, tmp_path: Path) -> None:
    """Only files with the plugin's name are its own, and only those that are there."""
    plugin: t.Any = InventoryModule()

    assert not plugin.verify_file(str(tmp_path / name))
    (tmp_path / name).touch()
    assert plugin.verify_file(str(tmp_path / name)) is expected


def test_hosts(cluster: Cluster, tmp_path: Path) -> None:
    """Nodes are hosts, in groups whose names every play can use."""
    inventory = parse(cluster, tmp_path)

    assert groups(inventory) == {
        "cluster_nodes": ["one", "two"],
        "node_ready": ["one"],
        "node_not_ready": ["two"],
        "node_role_control_plane": ["one"],
        "node_role_worker": ["two"],
        "node_runtime_cri_o": ["one"],
    }
    variables = inventory.hosts["one"].vars
    assert (variables["ansible_host"], variables["cluster_node_runtime_version"]) == ("10.0.0.1", "1.34.1")
    assert "ansible_host" not in inventory.hosts["two"].vars


def test_constructed(cluster: Cluster, tmp_path: Path) -> None:
    """Labels become groups, and expressions of the file see the variables, which are no templates."""
    inventory = parse(
        cluster,
        tmp_path,
        label_selector="pool=build",
        address_types=["ExternalIP"],
        keyed_groups=[{"prefix": "label", "key": "cluster_node_labels"}],
        groups={"arm": "cluster_node_architecture == 'arm64'"},
        compose={"shown": "cluster_node_os_image ~ ', they say'"},
    )

    found = groups(inventory)
    assert "two" not in inventory.hosts
    assert (found["arm"], found["label_pool_build"]) == (["one"], ["one"])
    assert found["label_node_role_kubernetes_io_control_plane_"] == ["one"]
    variables = inventory.hosts["one"].vars
    assert (variables["ansible_host"], variables["shown"]) == ("192.0.2.1", f"{TEMPLATE}, they say")


def test_never_a_template(cluster: Cluster, tmp_path: Path) -> None:
    """What a node says of itself is marked, or not trusted, so that Ansible does not run it."""
    variables = parse(cluster, tmp_path).hosts["one"].vars
    templar = Templar(DataLoader(), variables=variables)

    assert templar.template(variables["cluster_node_os_image"]) == TEMPLATE
    assert templar.template(variables["cluster_node_labels"]) == variables["cluster_node_labels"]


def test_cache(cluster: Cluster, tmp_path: Path) -> None:
    """A cache spares the request, until somebody asks for fresh hosts."""
    options: dict[str, t.Any] = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(tmp_path / "cache")}

    first = parse(cluster, tmp_path, **options)
    asked = len(cluster.loopback.requests)
    second = parse(cluster, tmp_path, **options)

    assert asked == len(cluster.loopback.requests) == 1
    assert groups(second) == groups(first)
    assert second.hosts["one"].vars == first.hosts["one"].vars
    parse(cluster, tmp_path, use_cache=False, **options)
    assert len(cluster.loopback.requests) == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"label_selector": "a in ("}, "label_selector 'a in (': the API server cannot read it ("),
        ({"label_selector": "pool=none"}, "nodes: no node matches label_selector 'pool=none'; correct it against "),
        (
            {"label_selctor": "pool=build"},
            "label_selctor: unknown; did you mean label_selector?",
        ),
        ({"cach_timeout": 1}, "cach_timeout: unknown; did you mean cache_timeout?"),
        (
            {"colour": "red"},
            "colour: unknown; correct or remove it; there are address_types, ",
        ),
        (
            {"keyed_groups": [{"key": "cluster_node_ready"}, {"key": "cluster_node_labels", "prefx": "label"}]},
            "keyed_groups[1]: prefx: unknown; did you mean prefix?",
        ),
        ({"address_types": ["InternalIP", "Public"]}, "address_types: 'Public' is none; use some of InternalIP, "),
        ({"concurrency": 0}, "concurrency: 0 is out of range; "),
        ({"username": "somebody"}, "options: parameters are required together: username, password; "),
        ({"host": "http://robot:hunter2@127.0.0.1:1", "api_key": "hunter2"}, ""),
        ({'hunter2 "x"': 1}, "********: unknown; "),
        ({"address_types": ['hunter2 "x"']}, "address_types: (not shown) is none; "),
        ({"label_selector": 'hunter2 "x"'}, "label_selector "),
        ({"context": 'hunter2 "x"'}, ""),
    ],
)
def test_refused(cluster: Cluster, tmp_path: Path, options: t.Mapping[str, t.Any], expected: str) -> None:
    """What is wrong is reported as an error of this file, without secrets."""
    with pytest.raises(AnsibleParserError) as caught:
        parse(cluster, tmp_path, **options)

    assert str(caught.value).startswith(f"{tmp_path / 'cluster_nodes.yml'}: {expected}")
    assert "hunter2" not in str(caught.value)


def test_no_node(tmp_path: Path) -> None:
    """A cluster without nodes is an error, and no inventory without hosts, over which a play would pass with a good end."""
    with cluster_in_memory(0) as empty, pytest.raises(
        AnsibleParserError, match=r": nodes: the cluster has no node; name "
    ):
        parse(empty, tmp_path)
