"""What a guide calls shown is shown."""

from __future__ import annotations

import json
import re

from tests.environment.layout import PROJECT


def test_each_case_that_the_guide_of_the_kubelet_names_is_a_vector() -> None:
    """A reader can look up what shows a rule."""
    guide = (PROJECT / "docs/docsite/rst/guide_kubelet.rst").read_text(encoding="utf-8")
    shown = re.findall(r"^\s*Shown by (.*)\.$", guide, flags=re.MULTILINE)
    named = {name for line in shown for name in re.findall(r"``(.+?)``", line)}
    tests = {name for name in named if name.startswith("tests/") and (PROJECT / name).is_file()}
    vectors = (PROJECT / "tests/unit/vectors/kubelet").glob("*.json")
    existing = {vector["name"] for path in vectors for vector in json.loads(path.read_text(encoding="utf-8"))}

    assert len(shown) > 10
    assert named - existing == tests
