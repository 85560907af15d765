"""Lets the tests import the collection by its full name from wherever the project was cloned to."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

COLLECTION = "ansible_collections.regcred.kubernetes"
ROOT = Path(__file__).resolve().parents[2]


def _map_collection() -> None:
    for name, path in (("ansible_collections", []), ("ansible_collections.regcred", []), (COLLECTION, [str(ROOT)])):
        package = sys.modules.setdefault(name, types.ModuleType(name))
        package.__path__ = path
        parent, _unused, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, package)


# For tests.unit.fake_api and its neighbours, where pytest does not read this project's own configuration.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
# Under ansible-test the collection is importable already.
if "ansible_collections" not in sys.modules and importlib.util.find_spec("ansible_collections") is None:
    _map_collection()
