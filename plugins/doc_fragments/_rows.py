# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Which rows a failed task returns: ``ROWS_SPEC``."""

    DOCUMENTATION = r"""
options:
  rows_on_failure:
    description:
      - Which rows a task returns that fails. V(failed) are those that failed, so that they are not lost among thousands of others,
        whose numbers are returned all the same; V(all) are all that are not unchanged, for a task that reads them.
    type: str
    choices: [failed, all]
    default: failed
"""
