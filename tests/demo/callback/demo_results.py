"""What each task returned, a JSON document a line, in the file that ``DEMO_RESULTS`` names."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: demo_results
type: aggregate
short_description: Write what each task returned to a file
description:
  - The screen shows a task as people read it; this is the same for a program.
options: {}
"""


class CallbackModule(CallbackBase):
    """Beside the callback that writes to the screen."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "demo_results"

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """Write down a task that went well."""
        self._write(result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:  # noqa: FBT001, FBT002  # Ansible's signature
        """Write down a task that failed."""
        del ignore_errors
        self._write(result)

    def _write(self, result: t.Any) -> None:
        # The attributes are public in ansible-core 2.19 and later.
        returned = getattr(result, "result", None) or result._result  # noqa: SLF001
        task = getattr(result, "task", None) or result._task  # noqa: SLF001
        line = json.dumps({"action": task.action, "result": returned}, default=str)
        with Path(os.environ["DEMO_RESULTS"]).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
