"""What can be wrong with a file, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.file.problems import (
    group_name,
    problem_of,
    user_name,
)

PROBLEMS = {
    errno.EACCES: "permission denied for user {user} in /d; run the task as root or as the owner (become); a file can be ",
    errno.ENOSPC: "there is no space left on the disk of /d; free some, the file is as it was",
    errno.EDQUOT: "the quota of /d is used up; free some space, the file is as it was",
    errno.EROFS: "the file system of /d is read-only; mount it writable, or name another path",
    errno.EBUSY: "is a mount of its own, which cannot be replaced; mount its folder in place of the file",
    errno.ENAMETOOLONG: "has a name that is too long; give a shorter one",
    errno.EIO: "cannot be read or written (Input/output error); see what is there, and who may do what with it",
}


@pytest.mark.parametrize("number", PROBLEMS)
def test_problems(number: int) -> None:
    """Each error of the operating system has its words and its cure."""
    error = problem_of(OSError(number, os.strerror(number)), Path("/d/f"))

    assert str(error).startswith("/d/f: " + PROBLEMS[number].format(user=user_name(os.geteuid())))


def test_names() -> None:
    """Users and groups are shown by name; those that have none, by number."""
    assert (user_name(0), user_name(987654)) == ("root", "987654")
    assert group_name(987654) == "987654"
