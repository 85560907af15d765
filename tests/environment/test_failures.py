from __future__ import annotations

from tests.environment.failures import FIRST_LINES, LAST_LINES, integration_failures, pytest_failures, shortened

PYTEST = """\
tests/a.py ..F.E                                                       [100%]

==================================== ERRORS ====================================
______________________ ERROR at setup of test_registry _______________________

E   tests.cluster.errors.StartTimeout: registry (300 s)
=================================== FAILURES ===================================
________________________________ test_cluster __________________________________

    def test_cluster():
>       assert 1 == 2
E       assert 1 == 2

tests/a.py:4: AssertionError
----------------------------- Captured stdout call -----------------------------
what it printed
=========================== short test summary info ============================
FAILED tests/a.py::test_cluster - assert 1 == 2
ERROR tests/a.py::test_registry - StartTimeout
==================== 1 failed, 3 passed, 1 error in 0.12s ======================
"""
INTEGRATION = """\
TASK [tenant : Make the namespaces] ********************************************
ok: [testhost]

TASK [tenant : Refuse what is wrong] *******************************************
fatal: [testhost]: FAILED! => {"msg": "tenants: is empty"}
...ignoring

TASK [tenant : Check what was made] ********************************************
fatal: [testhost]: FAILED! => {"msg": "Namespace a: missing"}

PLAY RECAP *********************************************************************
testhost                   : ok=1    changed=0    unreachable=0    failed=1
FATAL: The 1 integration test(s) listed below (out of 2) failed. See error output above for details:
tenant
"""


def test_pytest_failures() -> None:
    """Each failure with its traceback and output, and the list of all; nothing of what passed."""
    shown = pytest_failures(PYTEST)

    assert "E   tests.cluster.errors.StartTimeout: registry (300 s)" in shown
    assert "tests/a.py:4: AssertionError" in shown
    assert "what it printed" in shown
    assert "FAILED tests/a.py::test_cluster - assert 1 == 2\nERROR tests/a.py::test_registry" in shown
    assert "[100%]" not in shown


def test_nothing_failed() -> None:
    """A run in which nothing failed has nothing to show."""
    assert pytest_failures("=== 3 passed in 0.12s ===\n") == ""
    assert integration_failures("TASK [one] ***\nok: [testhost]\n") == ""


def test_integration_failures() -> None:
    """A failed task's line below its name, and ansible-test's own word."""
    assert integration_failures(INTEGRATION).splitlines() == [
        "TASK [tenant : Check what was made] ********************************************",
        'fatal: [testhost]: FAILED! => {"msg": "Namespace a: missing"}',
        "FATAL: The 1 integration test(s) listed below (out of 2) failed. See error output above for details:",
        "tenant",
    ]


def test_long_text_loses_its_middle() -> None:
    """A traceback begins with the code and ends with what went wrong; both stay."""
    lines = [str(number) for number in range(1000)]

    assert shortened("\n".join(lines)).splitlines() == [
        *lines[:FIRST_LINES],
        f"[{1000 - FIRST_LINES - LAST_LINES} lines more]",
        *lines[-LAST_LINES:],
    ]
    assert shortened("one\ntwo\n") == "one\ntwo"
