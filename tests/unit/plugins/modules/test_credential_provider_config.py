"""The module credential_provider_config, through its main()."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import NodeFileError
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.kubelet.provider_process import ProviderKubelet
from ansible_collections.regcred.kubernetes.plugins.modules import (
    credential_provider_config as credential_provider_config_module,
)
from ansible_collections.regcred.kubernetes.plugins.modules.credential_provider_config import main
from tests.unit.module_run import Run, run_module

SECRET = "made-up-Secret"
PROVIDER = {"name": "ours", "match_images": ["registry.example.com"], "default_cache_duration": "5m"}

TOKEN = {"service_account_token_audience": "a", "cache_type": "Token", "require_service_account": False}


class World:
    """A file, a program, and the kubelets that run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "c.json"
        self.bin_dir = folder / "bin"
        self.bin_dir.mkdir(mode=0o755)
        (self.bin_dir / "ours").touch()
        (self.bin_dir / "ours").chmod(0o755)
        self.kubelets: list[ProviderKubelet] = []

    def kubelet(self, **others: t.Any) -> ProviderKubelet:
        """One whose flags name both, and started a long time ago."""
        known = {"config": str(self.path), "bin_dir": str(self.bin_dir), "started": 1.0}
        return ProviderKubelet(42, "kubelet", **{**known, **others})

    def run(self, *providers: t.Mapping[str, t.Any], check_mode: bool = False, **options: t.Any) -> Run:
        """Run the module with places of its own, which ``None`` leaves out."""
        given = {"path": str(self.path), "bin_dir": str(self.bin_dir), "kubelet_version": "1.36", **options}
        given["providers"] = list(providers or [PROVIDER])
        known = {name: value for name, value in given.items() if value is not None}
        return run_module(main, known, check_mode=check_mode, diff=True)


@pytest.fixture(name="world")
def _world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr(credential_provider_config_module, "provider_kubelets", lambda: world.kubelets)
    return world


def test_four_steps(world: World) -> None:
    """Check mode, a run, again, again in check mode."""
    assert world.run(check_mode=True).result["changed"]
    assert not world.path.exists()
    first = world.run()
    assert first.result["changed"]
    assert first.result["restart_required"] == [
        {"service": "kubelet", "reason": f"{world.path} was changed, and a kubelet reads it only when it starts"}
    ]
    assert world.path.stat().st_mode & 0o777 == 0o600
    for check_mode in (False, True):
        again = world.run(check_mode=check_mode)
        assert (again.result["changed"], again.result["restart_required"]) == (False, [])
        assert again.result["providers"] == ["ours"]


def test_program_is_put_there(world: World) -> None:
    """A program that is given is there before the kubelet hears of it; a restart is due for the list alone."""
    program, given = world.bin_dir / "new", {**PROVIDER, "name": "new", "program": "#!/bin/sh\n"}
    programs = [{"path": str(program), "action": "created"}]

    foretold = world.run(given, check_mode=True)
    assert (foretold.result["programs"], foretold.warnings, program.exists()) == (programs, [], False)
    assert world.run(given).result["programs"] == programs
    assert (program.read_text(), program.stat().st_mode & 0o777) == ("#!/bin/sh\n", 0o755)
    assert not world.run(given).result["changed"]
    other = world.run({**given, "program": "#!/bin/false\n"})

    assert (other.result["changed"], other.result["action"], other.result["restart_required"]) == (
        True,
        "unchanged",
        [],
    )
    assert [each["action"] for each in other.result["programs"]] == ["updated"]
    assert "sha256: " in other.result["diff"][0]["before"]


def test_program_of_another_name(world: World) -> None:
    """A name that is no name leads to no file elsewhere."""
    run = world.run({**PROVIDER, "name": "../new", "program": "#!/bin/sh\n"})
    assert run.message.startswith("providers: name: '../new' cannot name a provider")
    assert not (world.path.parent / "new").exists()


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ({"match_images": []}, "matchImages: is empty"),
        ({"default_cache_duration": "1d"}, "'1d' is no duration"),
        ({"name": "gone"}, "a kubelet does not start without the program"),
        ({"name": "folder", "program": "#!/bin/sh\n"}, "is a folder"),
    ],
)
def test_refused_list_leaves_no_program(world: World, refused: dict[str, t.Any], message: str) -> None:
    """All is checked before anything is written, other providers and their programs too."""
    (world.bin_dir / "folder").mkdir()
    before = sorted(world.bin_dir.iterdir())

    run = world.run({**PROVIDER, "name": "new", "program": "#!/bin/sh\n"}, {**PROVIDER, **refused})

    assert message in run.message
    assert sorted(world.bin_dir.iterdir()) == before
    assert not world.path.exists()


def test_places_of_the_kubelet(world: World) -> None:
    """Without options, file and folder are those of the kubelet that runs."""
    world.kubelets = [world.kubelet()]
    run = world.run(path=None, bin_dir=None)
    assert (run.result["path"], run.result["bin_dir"]) == (str(world.path), str(world.bin_dir))
    assert run.warnings == []


@pytest.mark.parametrize("count", [0, 2])
def test_no_single_kubelet(world: World, count: int) -> None:
    """Of none or several nobody knows the file; the message says which flags, and where they go."""
    world.kubelets = [world.kubelet()] * count
    message = world.run(path=None).message
    assert message.startswith(
        "path: is not given, and no single kubelet runs here with --image-credential-provider-config"
    )
    assert "/etc/default/kubelet" in message


def test_kubelet_without_flags(world: World) -> None:
    """What is written for a kubelet that does not read it is reported, with the flags and their place."""
    world.kubelets = [world.kubelet(config="", bin_dir="/elsewhere")]
    without, other = world.run().warnings
    assert "runs without --image-credential-provider-config and uses no provider" in without
    assert "KUBELET_EXTRA_ARGS" in without
    assert f"runs with --image-credential-provider-bin-dir=/elsewhere, and not with {world.bin_dir}" in other


def test_options_that_are_not_read(world: World) -> None:
    """Of a kubelet whose options are not known it is not reported that it has none."""
    unread = NodeFileError(Path("/args"), "is a FIFO and no file", "correct the path")
    world.kubelets = [world.kubelet(config="", bin_dir="", unread=unread)]
    assert world.run().warnings == [
        "/args: is a FIFO and no file, so it is not known what providers the kubelet (process 42) uses; correct the path"
    ]


def test_restart_that_did_not_happen(world: World) -> None:
    """A kubelet that is older than its file needs a restart, whoever wrote it; a younger one, or another's, does not."""
    world.run()
    modified = world.path.stat().st_mtime
    for kubelet, services in (
        (world.kubelet(started=modified - 1, config=f"/.{world.path}"), ["kubelet"]),
        (world.kubelet(started=modified + 1), []),
        (world.kubelet(started=None), []),
        (world.kubelet(started=modified - 1, config="/elsewhere"), []),
    ):
        world.kubelets = [kubelet]
        run = world.run()
        assert not run.result["changed"]
        assert [each["service"] for each in run.result["restart_required"]] == services


def test_rights_alone_need_no_restart(world: World) -> None:
    """The kubelet knows what is in the file already."""
    world.run()
    run = world.run(mode="0640")
    assert run.result["changed"]
    assert run.result["reason"] == "mode 0600 becomes 0640"
    assert run.result["restart_required"] == []


def test_values_of_variables_are_hidden(world: World) -> None:
    """They are in the file and nowhere else; a change of one is seen all the same."""
    first = world.run({**PROVIDER, "env": [{"name": "PASSWORD", "value": SECRET}]})
    second = world.run(
        {**PROVIDER, "env": [{"name": "PASSWORD", "value": f"{SECRET}2"}, {"name": "FORM", "value": "son"}]}
    )
    assert json.loads(world.path.read_text())["providers"][0]["env"][0]["value"] == f"{SECRET}2"
    assert SECRET not in first.output + second.output
    assert second.result["diff"][0]["before"] != second.result["diff"][0]["after"]
    assert "PASSWORD: secret " in second.result["diff"][0]["after"]
    assert second.result["reason"] == "ours: env changed"
    assert str(world.path) == second.result["path"], "a value as short as this hides nothing else"


def test_who_can_read_the_values(world: World) -> None:
    """Values of variables in a file for everybody are warned of; a file without any may be for everybody."""
    with_env = {**PROVIDER, "env": [{"name": "PASSWORD", "value": SECRET}]}
    assert "everybody on this node can read the values of variables" in world.run(with_env, mode="0644").warnings[0]
    assert world.run(with_env).warnings == []
    assert world.run(mode="0644").warnings == []


def test_nothing_to_take_out(world: World) -> None:
    """A file that is not there is not made for the sake of a provider that is not to be in it."""
    run = world.run({"name": "ours", "state": "absent"})
    assert (run.result["changed"], run.result["providers"], run.result["restart_required"]) == (False, [], [])
    assert not world.path.exists()


def test_password_in_arguments(world: World) -> None:
    """There is a warning that everybody can read it there, without repeating it."""
    run = world.run({**PROVIDER, "args": ["--password", SECRET]})
    assert "everybody on the node can read it in the list of processes" in run.warnings[0]
    assert SECRET not in run.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"providers": []}, "providers: is empty"),
        ({"providers": [PROVIDER, {"name": "ours", "state": "absent"}]}, "providers[1].name: 'ours' is given twice"),
        (
            {"providers": [{"name": "ours", "state": "absent"}], "purge_providers": True},
            "providers: names none to keep",
        ),
        (
            {"providers": [{**PROVIDER, "match_images": ["https://quay.io"]}]},
            "providers[0].match_images[0]: 'https://quay.io'",
        ),
        (
            {"providers": [{**PROVIDER, "match_images": [f"u:{SECRET}@quay.io"]}]},
            "providers[0].match_images[0]: '...@quay.io'",
        ),
        ({"providers": [{**PROVIDER, "match_images": []}]}, "matchImages: is empty"),
        ({"providers": [{**PROVIDER, "default_cache_duration": "1d"}]}, "'1d' is no duration"),
        ({"providers": [{**PROVIDER, "name": "../ours"}]}, "'../ours' cannot name a provider"),
        (
            {"providers": [{**PROVIDER, "env": [{"name": "A=B", "value": SECRET}]}]},
            "providers[0].env[0]: cannot be a variable",
        ),
        ({"providers": [{**PROVIDER, "name": "gone"}]}, "a kubelet does not start without the program"),
        ({"providers": [{"name": "ours"}]}, "match_images"),
        (
            {"providers": [{**PROVIDER, "token_attributes": TOKEN}], "api_version": "v1beta1"},
            "set the file's apiVersion to",
        ),
        ({"kubelet_version": "newest"}, "kubelet_version: 'newest' is no version"),
        (
            {"kubelet_version": 1.30},
            "kubelet_version: '1.3' is no version of Kubernetes from 1.26 on; write it in quotes",
        ),
        ({"path": "c.yaml"}, "path: 'c.yaml' is no absolute path"),
    ],
)
def test_bad_input(world: World, options: dict[str, t.Any], message: str) -> None:
    """The option, what is wrong and the cure; nothing is written, and nothing secret repeated."""
    given = {"path": str(world.path), "bin_dir": str(world.bin_dir), "kubelet_version": "1.36", "providers": [PROVIDER]}
    run = run_module(main, {**given, **options})
    assert run.result["failed"]
    assert message in run.message
    assert SECRET not in run.output
    assert not world.path.exists()
