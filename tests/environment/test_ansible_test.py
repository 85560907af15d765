from __future__ import annotations

import ensurepip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment.ansible_test import (
    integration_outcome,
    pip_configuration,
    prepare_home,
    pytest_outcome,
    sanity_findings,
    sanity_outcome,
    sanity_tests,
    search_path,
)
from tests.environment.interpreters import Interpreter
from tests.environment.processes import Done
from tests.environment.steps import Outcome
from tests.environment.venvs import Venv

SANITY = """\
WARNING: Using locale "C.UTF-8" instead of "en_US.UTF-8". Tests which depend on the locale may behave unexpectedly.
Running sanity test "compile" on Python 3.12
Running sanity test "compile" on Python 3.13
WARNING: Skipping sanity test "compile" on Python 3.14 because it could not be found.
Running sanity test "pep8"
ERROR: tests/x.py:144:1: W391: blank line at end of file
Running sanity test "pylint"
"""
SANITY_REVIEW = """\
WARNING: Reviewing previous 2 warning(s):
WARNING: Using locale "C.UTF-8" instead of "en_US.UTF-8". Tests which depend on the locale may behave unexpectedly.
WARNING: Skipping sanity test "compile" on Python 3.14 because it could not be found.
"""
SANITY_FAILED = (
    "FATAL: The 1 sanity test(s) listed below (out of 5) failed. See error output above for details.\npep8\n"
)

SANITY_CASES = {
    "all passed": (Done(0, SANITY), Outcome(passed=4, skipped=1)),
    "warnings at the end again": (Done(0, SANITY + SANITY_REVIEW), Outcome(passed=4, skipped=1)),
    "one failed": (Done(1, SANITY + SANITY_FAILED), Outcome(passed=3, failed=1, skipped=1)),
    "it broke down": (Done(1, "FATAL: no such option\n"), Outcome(failed=1)),
}

SANITY_NOISE = """\
Installing requirements for Python 3.13 [venv]
Using cached pip 25.2 bootstrap script: /cache/get_pip_25_2.py
Collecting PyYAML==6.0.3 (from -r requirements/sanity.yamllint.txt (line 3))
  Downloading pyyaml-6.0.3-cp313-cp313-manylinux2014_x86_64.whl (801 kB)
Installing collected packages: PyYAML

Successfully installed PyYAML-6.0.3
"""

INTEGRATION = "Running pull_secret integration test role\n\nPLAY [testhost] ***\nRunning tenant integration test role\n"
INTEGRATION_FAILED = "FATAL: The 1 integration test(s) listed below (out of 2) failed. See above for details:\ntenant\n"

INTEGRATION_CASES = {
    "all passed": (Done(0, INTEGRATION), Outcome(passed=2)),
    "one failed": (Done(1, INTEGRATION + INTEGRATION_FAILED), Outcome(passed=1, failed=1)),
    "no cluster": (Done(1, "cannot start etcd\n"), Outcome(failed=1)),
}

PYTEST_CASES = {
    "all passed": (Done(0, "=== 3 passed in 0.12s ===\n"), Outcome(passed=3)),
    "quiet": (Done(0, "3 passed in 0.12s\n"), Outcome(passed=3)),
    "long": (Done(0, "=== 2000 passed in 61.12s (0:01:01) ===\n"), Outcome(passed=2000)),
    "all kinds": (
        Done(1, "== 1 failed, 12 passed, 2 skipped, 1 xfailed, 2 errors in 3.40s ==\n"),
        Outcome(passed=12, failed=3, skipped=3),
    ),
    "two runs": (
        Done(0, "== 3 passed in 0.12s ==\nx\n== 4 passed, 1 skipped in 1.00s ==\n"),
        Outcome(passed=7, skipped=1),
    ),
    "it broke down": (Done(4, "ERROR: file or directory not found: tests/unit\n"), Outcome(failed=1)),
    "a test that prints a summary": (Done(0, "says 3 passed in 1s\n== 1 passed in 0.01s ==\n"), Outcome(passed=1)),
}


@pytest.mark.parametrize(("done", "expected"), SANITY_CASES.values(), ids=SANITY_CASES.keys())
def test_sanity_outcome(done: Done, expected: Outcome) -> None:
    """Each sanity test counts once a Python, and a breakdown is a failure."""
    assert expected == sanity_outcome(done)


def test_sanity_tests() -> None:
    """The tests that ran are named, each with its Python."""
    assert sanity_tests(SANITY) == ["compile on Python 3.12", "compile on Python 3.13", "pep8", "pylint"]


def test_sanity_findings() -> None:
    """A failed run shows what was found and what was not tested, not what pip did."""
    assert sanity_findings(SANITY_NOISE + SANITY + SANITY_FAILED).splitlines() == [
        SANITY.splitlines()[0],
        'WARNING: Skipping sanity test "compile" on Python 3.14 because it could not be found.',
        "ERROR: tests/x.py:144:1: W391: blank line at end of file",
        *SANITY_FAILED.splitlines(),
    ]


@pytest.mark.parametrize(("done", "expected"), INTEGRATION_CASES.values(), ids=INTEGRATION_CASES.keys())
def test_integration_outcome(done: Done, expected: Outcome) -> None:
    """Targets are counted, and a cluster that does not start is a failure."""
    assert expected == integration_outcome(done)


@pytest.mark.parametrize(("done", "expected"), PYTEST_CASES.values(), ids=PYTEST_CASES.keys())
def test_pytest_outcome(done: Done, expected: Outcome) -> None:
    """The counts are those of pytest's last line, and a run without one is a failure."""
    assert expected == pytest_outcome(done)


def test_search_path() -> None:
    """The tools come first, then the real interpreters; nothing of the user's PATH gets in."""
    here = [
        Interpreter(Path("/opt/3.13/bin/python3.13"), (3, 13, 0), True),
        Interpreter(Path("/usr/bin/python3.11"), (3, 11, 2), True),
    ]

    folders = search_path(Venv(Path("/cache/run")), here).split(":")

    assert folders == ["/cache/run/bin", "/opt/3.13/bin", "/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/sbin"]


def test_pip_configuration(tmp_path: Path) -> None:
    """Inside ansible-test pip is configured as outside: files first, environment on top, the same download cache."""
    file = tmp_path / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nindex-url = https://packages.example.com/simple\ntimeout = 5\n", encoding="utf-8")

    configuration = pip_configuration(
        {"HOME": str(tmp_path), "PIP_TIMEOUT": "60", "PIP_TRUSTED_HOST": "packages.example.com"}
    )

    assert dict(configuration["global"]) == {
        "index-url": "https://packages.example.com/simple",
        "timeout": "60",
        "trusted-host": "packages.example.com",
        "cache-dir": str(tmp_path / ".cache" / "pip"),
    }


def test_percent_signs_survive(tmp_path: Path) -> None:
    """A password in an address may have percent signs, and nobody else may read it."""
    prepare_home(
        tmp_path / "home", "25.2", {"HOME": str(tmp_path), "PIP_INDEX_URL": "https://u:p%40ss@packages.example.com"}
    )
    file = tmp_path / "home" / ".config" / "pip" / "pip.conf"

    assert "index-url = https://u:p%40ss@packages.example.com\n" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600


def test_pip_bootstrap(tmp_path: Path) -> None:
    """The stand-in lies where ansible-test looks for its own copy, and brings pip into an empty environment."""
    prepare_home(tmp_path, "25.2", {})
    bootstrap = tmp_path / ".ansible" / "test" / "cache" / "get_pip_25_2.py"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    python = tmp_path / "empty" / "bin" / "python"
    bundled = f"pip=={ensurepip.version()}"  # already there after ensurepip, so that nothing is downloaded

    subprocess.run(
        [python, bootstrap, "--no-cache-dir", "--disable-pip-version-check", bundled, "--no-setuptools"], check=True
    )

    subprocess.run([python, "-m", "pip", "--version"], check=True)
