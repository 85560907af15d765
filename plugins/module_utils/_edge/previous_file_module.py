# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of previous_file to its outcome."""

from __future__ import annotations

import typing as t
from pathlib import Path

from .._domain.errors import InvalidInput
from .._operations.take_back_file import let_stand, take_back
from .options.argument_spec import ArgumentSpec
from .options.path import path_option
from .result import Outcome, outcome_of_file

if t.TYPE_CHECKING:
    from .node_module import NodeEdge

PREVIOUS_FILE_SPEC = ArgumentSpec(
    {
        "path": {"type": "path", "required": True},
        "backup_file": {"type": "str"},
        "state": {"type": "str", "choices": ["restored", "removed"], "required": True},
    },
    required_if=(("state", "restored", ("backup_file",)),),
)


def run_previous_file(edge: NodeEdge) -> Outcome:
    """What previous_file does."""
    path = Path(path_option(edge.params, "path", edge.secrets))
    if edge.params["state"] == "removed":
        change = let_stand(path, check_mode=edge.check_mode)
    else:
        change = take_back(path, _copy_of(path, edge), check_mode=edge.check_mode)
    return outcome_of_file(change, path=change.name, reason=change.reason)


def _copy_of(path: Path, edge: NodeEdge) -> str:
    given = path_option(edge.params, "backup_file", edge.secrets)
    if given and Path(given).parent != path.parent:
        raise InvalidInput("backup_file", f"{given} is not beside {path}", "give what previous.backup_file returned")
    return Path(given).name if given else ""
