from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.rings import RINGS, RULES, file_violations, violations

OURS = "ansible_collections.regcred.kubernetes.plugins.module_utils"
DOMAIN = "plugins/module_utils/_domain/x.py"
KUBE = "plugins/module_utils/_kube/x.py"
NODE = "plugins/module_utils/_node/x.py"
REGISTRY = "plugins/module_utils/_registry/x.py"
OPERATIONS = "plugins/module_utils/_operations/x.py"
EDGE = "plugins/module_utils/_edge/x.py"
MODULE = "plugins/modules/x.py"

GOOD = [
    (DOMAIN, "import json"),
    (DOMAIN, f"from {OURS}._domain.plan import Change"),
    (DOMAIN, "from .plan import Change"),
    (DOMAIN, "from urllib.parse import quote"),
    (KUBE, "import urllib3, yaml, ssl"),
    (KUBE, "import urllib3"),
    (KUBE, f"from {OURS}._domain import plan"),
    (NODE, "import os, subprocess"),
    (REGISTRY, "import http.client"),
    (OPERATIONS, f"from {OURS}._kube.api import KubeApi"),
    (EDGE, "from ansible.module_utils.basic import AnsibleModule"),
    (EDGE, f"from {OURS}._operations.pull_secrets import run"),
    (EDGE, f"from {OURS}._domain.plan import Change"),
    (MODULE, f"from {OURS}._domain.change import Change"),
    ("plugins/module_utils/_domain/image/x.py", "from ..go.json import parse_json"),
    ("plugins/module_utils/_domain/image/x.py", "from ..errors import InvalidInput"),
    ("plugins/module_utils/_domain/image/x.py", "from .reference import parse_image"),
    (MODULE, f"from {OURS}._edge.run import run_module"),
    (MODULE, f"from {OURS}._operations.pull_secrets import PullSecretTask"),
    ("plugins/filter/x.py", "from ansible.errors import AnsibleFilterError"),
    ("plugins/doc_fragments/x.py", "from __future__ import annotations"),
]

BAD = [
    (DOMAIN, "import yaml", "_domain may not import yaml"),
    (DOMAIN, "from ansible.module_utils.basic import X", "_domain may not import ansible.module_utils.basic.X"),
    (DOMAIN, "import socket", "_domain may not import socket"),
    (DOMAIN, "from urllib.request import urlopen", "_domain may not import urllib.request.urlopen"),
    (DOMAIN, "import urllib.request", "_domain may not import urllib.request"),
    (DOMAIN, "from urllib import request", "_domain may not import urllib.request"),
    (DOMAIN, "import time", "_domain may not import time"),
    (DOMAIN, f"from {OURS}._kube.api import X", f"_domain may not import {OURS}._kube.api.X"),
    (DOMAIN, f"from {OURS} import _kube", f"_domain may not import {OURS}._kube"),
    (DOMAIN, "from .._kube.api import X", f"_domain may not import {OURS}._kube.api.X"),
    (DOMAIN, "from .. import _edge", f"_domain may not import {OURS}._edge"),
    (DOMAIN, f"def f():\n    import {OURS}._edge.x", f"_domain may not import {OURS}._edge.x"),
    (KUBE, f"from {OURS}._node.files import X", f"_kube may not import {OURS}._node.files.X"),
    (KUBE, "import requests", "_kube may not import requests"),
    (NODE, "import urllib3", "_node may not import urllib3"),
    (REGISTRY, f"import {OURS}._kube.api", f"_registry may not import {OURS}._kube.api"),
    (OPERATIONS, "import urllib3", "_operations may not import urllib3"),
    (OPERATIONS, "import http.client", "_operations may not import http.client"),
    (OPERATIONS, "from ansible.module_utils.basic import X", "_operations may not import ansible.module_utils.basic.X"),
    (OPERATIONS, f"from {OURS}._edge.x import X", f"_operations may not import {OURS}._edge.x.X"),
    (EDGE, "import urllib3", "_edge may not import urllib3"),
    (EDGE, "from ansible.utils.display import Display", "_edge may not import ansible.utils.display.Display"),
    (MODULE, "import kubernetes", "modules may not import kubernetes"),
    (MODULE, f"from {OURS}._kube.api import X", f"modules may not import {OURS}._kube.api.X"),
    (
        "plugins/module_utils/_domain/go/x.py",
        "from ..image.reference import X",
        f"_domain/go may not import {OURS}._domain.image.reference.X",
    ),
    (DOMAIN, "from .go.json import X", f"_domain may not import {OURS}._domain.go.json.X"),
    (MODULE, "import ansible.module_utilities", "modules may not import ansible.module_utilities"),
    ("plugins/doc_fragments/x.py", f"from {OURS}._edge.x import X", f"doc_fragments may not import {OURS}._edge.x.X"),
]


@pytest.mark.parametrize(("file", "source"), GOOD)
def test_inwards(file: str, source: str) -> None:
    """Imports that point inwards are fine."""
    assert not file_violations(Path(file), source)


@pytest.mark.parametrize(("file", "source", "problem"), BAD)
def test_outwards(file: str, source: str, problem: str) -> None:
    """Each other import is named with its file and line."""
    line = source.count("\n") + 1

    (found,) = file_violations(Path(file), source)

    assert found.startswith(f"{file}:{line}: {problem}; it may import ")


def test_type_checking_is_no_way_out() -> None:
    """An import for type hints only is an import."""
    source = f"import typing as t\nif t.TYPE_CHECKING:\n    from {OURS}._edge.x import X\n"

    (found,) = file_violations(Path(DOMAIN), source)

    assert found.startswith(f"{DOMAIN}:3: _domain may not import {OURS}._edge.x.X; ")


def test_cures() -> None:
    """Each breach says what may be imported, and what to do."""
    outwards = file_violations(Path(KUBE), f"import {OURS}._node.files")
    too_early = file_violations(Path("plugins/module_utils/_node/kubelet/x.py"), "from ..images.program import X")

    assert outwards[0].endswith(
        "; it may import _domain, _kube, urllib3, yaml and the standard library: do this further out, and hand in what"
        " comes of it (ARCHITECTURE.md)"
    )
    assert too_early[0].endswith(
        "; it may import file of _node: move what both need there, or this file to a later package"
    )


def test_no_ring() -> None:
    """Shared code outside the rings is refused."""
    (problem,) = file_violations(Path("plugins/module_utils/helpers.py"), "")

    assert problem.startswith("plugins/module_utils/helpers.py:1: helpers.py is no ring; the rings are _domain, ")


def test_whole_collection(tmp_path: Path) -> None:
    """Every file of plugins/ is read, in any depth."""
    deep = "plugins/module_utils/_domain/go/y.py"
    for name, source in ((DOMAIN, "import yaml"), (deep, "import yaml"), (MODULE, "")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")

    assert [line.partition("; ")[0] for line in violations(tmp_path)] == [
        f"{deep}:1: _domain/go may not import yaml",
        f"{DOMAIN}:1: _domain may not import yaml",
    ]


def test_unknown_package() -> None:
    """A package whose place in the order is not known is named with those that are."""
    (problem,) = file_violations(Path("plugins/module_utils/_node/new/x.py"), "")

    assert problem.endswith("x.py:1: new is no package of _node; they are, in their order, file, kubelet, images")


def test_every_ring_has_a_rule() -> None:
    """No ring is left to itself."""
    assert set(RINGS) <= set(RULES)
