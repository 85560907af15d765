"""What a guide calls shown is shown."""

from __future__ import annotations

import json
import re

from tests.environment.layout import PROJECT
from tests.lint.documented_options import options_of


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


def test_the_variables_of_playbooks_are_listed() -> None:
    """What playbooks alone read is on one page; the rest are options of modules and variables of roles."""
    guide = (PROJECT / "docs/docsite/rst/guide_playbooks.rst").read_text(encoding="utf-8")
    playbooks = sorted((PROJECT / "playbooks").glob("**/*.yml"))
    used = {name for file in playbooks for name in re.findall(r"\bregcred_\w+", file.read_text(encoding="utf-8"))}
    options = {
        option for file in (PROJECT / "plugins" / "modules").glob("*.py") for option in options_of(PROJECT, file.stem)
    }
    roles = "".join(file.read_text(encoding="utf-8") for file in sorted((PROJECT / "roles").glob("*/*/main.yml")))
    named = set(re.findall(r"\bregcred_\w+", guide + roles)) | {f"regcred_{option}" for option in options}

    assert used - named == set()
    assert all(f"``{file.stem}``" in guide for file in (PROJECT / "playbooks").glob("*.yml"))
