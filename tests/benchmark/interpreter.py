"""
Stands in for the modules' Python: runs it, and writes down what it used.

It is copied to a file of its own with the real interpreter in its first line, and knows nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

USAGE_FILE = "REGCRED_BENCHMARK_USAGE"


def main() -> int:
    """Run, wait, and write down."""
    start = time.monotonic()
    child = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)
    _unused, status, usage = os.wait4(child, 0)
    row = {
        "seconds": time.monotonic() - start,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }
    with Path(os.environ[USAGE_FILE]).open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(row) + "\n")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
