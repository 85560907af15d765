"""node_image, from its options to its result; the runtime is a podman that is a script."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.modules.node_image import main
from tests.unit.module_run import Run, run_module

PODMAN = """#!/bin/sh
cd "$HERE" || exit
case "$1" in
images) cat list.json ;;
pull) for name; do :; done
    test -n "$REGISTRY_AUTH_FILE" || { echo "Error: unauthorized: authentication required" >&2; exit 125; }
    printf '[{"Id": "new", "Names": ["%s"]}]' "$name" > list.json ;;
rmi) echo "[]" > list.json ;;
esac
"""
IMAGE = "quay.io/team/app:1"
LOGIN = {"registry": "quay.io", "username": "robot", "password": "hunter2"}


@pytest.fixture(name="here", autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store."""
    (tmp_path / "podman").write_text(PODMAN, encoding="utf-8")
    (tmp_path / "podman").chmod(0o755)
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    monkeypatch.setenv("HERE", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def run(*, check_mode: bool = False, **options: t.Any) -> Run:
    """Run the module on podman, with a diff."""
    return run_module(main, {"images": [IMAGE], "runtime": "podman", **options}, check_mode=check_mode, diff=True)


def test_result() -> None:
    """Names, ids, counts and a diff; the second time nothing is changed."""
    foreseen, pulled, again = run(check_mode=True, registries=[LOGIN]), run(registries=[LOGIN]), run(registries=[LOGIN])

    row = {
        "image": IMAGE,
        "name": IMAGE,
        "action": "pulled",
        "reason": "it is not there",
        "previous_id": "",
        "pinned": False,
    }
    assert foreseen.result["images"] == [{**row, "id": ""}]
    assert pulled.result["images"] == [{**row, "id": "new"}]
    assert pulled.result["summary"]["pulled"] == 1
    assert pulled.result["runtime"] == {"program": "podman", "endpoint": ""}
    assert foreseen.result["diff"][0]["after"] == f"{IMAGE}\n  id: known once it is pulled\n  pinned: false\n"
    assert pulled.result["diff"] == [
        {"before_header": IMAGE, "after_header": IMAGE, "before": "", "after": f"{IMAGE}\n  id: new\n  pinned: false\n"}
    ]
    assert (again.result["changed"], again.result["diff"], again.result["images"][0]["action"]) == (
        False,
        [],
        "present",
    )
    assert (pulled.message, again.message) == ("1 image: 1 pulled", "1 image: nothing to do: 1 present")
    assert "hunter2" not in pulled.output


def test_failure() -> None:
    """What failed is reported with what to do; a registry that is to be absent is no credential."""
    failed = run(registries=[{"registry": "quay.io", "state": "absent"}])

    assert failed.message == (
        f"1 of 1 images failed. {IMAGE}: unauthorized: authentication required;"
        " no credential that was given here is for quay.io/team/app; give one with registries"
        " | 1 image: 1 failed"
    )
    assert failed.result["images"][0]["cause"] == "denied"
    assert not failed.result["changed"]


@pytest.mark.parametrize(("rows", "expected"), [("failed", ["failed"]), ("all", ["present", "failed"])])
def test_rows_of_a_failure(rows: str, expected: list[str]) -> None:
    """Images that did not fail are beside those that did where that is asked for; all are counted."""
    run(registries=[LOGIN])

    found = run(images=[IMAGE, "quay.io/team/other:1"], rows_on_failure=rows)

    assert [row["action"] for row in found.result["images"]] == expected
    assert (found.result["summary"]["present"], found.result["summary"]["failed"]) == (1, 1)


def test_one_image_by_two_names() -> None:
    """It is one image, and reported once."""
    assert len(run(images=[IMAGE, IMAGE, "quay.io/team/app:1"], registries=[LOGIN]).result["images"]) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"images": []}, "images: is empty; give at least one"),
        ({"images": ["quay.io/App"]}, "images[0]: 'quay.io/App' has capitals in its path"),
        (
            {"images": ["https://robot:hunter2@quay.io/app"]},
            "images[0]: has a user before the registry's host; give the image alone; credentials go into registries",
        ),
        ({"images": ["https://quay.io/app"]}, "images[0]: 'https://quay.io/app' has a scheme; an image begins with"),
        (
            {"images": ["my_registry.io/app"]},
            "images[0]: 'my_registry.io/app' has no registry that can be asked; begin it",
        ),
        ({"timeout": 0}, "timeout: 0 is out of range; use 1 to 86400 seconds"),
        ({"concurrency": 33}, "concurrency: 33 is out of range; use 1 to 32"),
        ({"state": "absent", "pinned": True}, "pinned: is about images that are there; leave it out"),
        ({"pinned": True}, "pinned: podman cannot pin an image; "),
        (
            {"registries": [{**LOGIN, "registry": "oci://quay.io"}]},
            "registries[0].registry: 'oci://quay.io' has the scheme",
        ),
    ],
)
def test_refused(options: t.Mapping[str, t.Any], expected: str, here: Path) -> None:
    """Bad input fails before anything is done."""
    (here / "podman").write_text("#!/bin/sh\necho used > used\n", encoding="utf-8")

    refused = run(**options)

    assert refused.message.startswith(expected)
    assert not (here / "used").exists()
    assert "hunter2" not in refused.output


def test_forged_id(here: Path) -> None:
    """What a runtime says of an image forges no line of the diff."""
    (here / "list.json").write_text(json.dumps([{"Id": "old\n+ forged\x1b[2J", "Names": [IMAGE]}]), encoding="utf-8")

    (diff,) = run(state="absent").result["diff"]

    assert diff["before"].splitlines()[1] == r"  id: old\n+ forged\x1b[2J"
