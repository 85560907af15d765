# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that says which rows a failed task returns."""

from __future__ import annotations

import typing as t

from .argument_spec import ArgumentSpec

ROWS_SPEC = ArgumentSpec({"rows_on_failure": {"type": "str", "choices": ["failed", "all"], "default": "failed"}})


def with_all_rows(params: t.Mapping[str, t.Any]) -> bool:
    """Whether those that did not fail are returned as well."""
    return bool(params["rows_on_failure"] == "all")
