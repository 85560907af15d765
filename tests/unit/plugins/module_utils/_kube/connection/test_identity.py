"""For whom requests are made."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.connection.identity import impersonation_headers
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ConnectionProblem

USER: t.Final[t.Mapping[str, t.Any]] = {
    "as": "alice",
    "as-uid": "1",
    "as-groups": ["dev", "ops"],
    "as-user-extra": {"a/b c": ["x", "y"], "plain": ["z"]},
}
REST = (
    ("Impersonate-Extra-a%2Fb%20c", "x"),
    ("Impersonate-Extra-a%2Fb%20c", "y"),
    ("Impersonate-Extra-plain", "z"),
)
UID = ("Impersonate-Uid", "1")
GROUPS = (("Impersonate-Group", "dev"), ("Impersonate-Group", "ops"))


def test_nothing_asked() -> None:
    """Who asks for nobody acts for nobody."""
    assert impersonation_headers({"token": "t"}, "user 'u'") == ()


def test_all_fields() -> None:
    """All that client-go would send is sent."""
    assert impersonation_headers(USER, "user 'u'") == (("Impersonate-User", "alice"), UID, *GROUPS, *REST)


def test_options() -> None:
    """An option takes the place of its field alone, as kubectl's ``--as`` and ``--as-group`` do."""
    assert impersonation_headers(USER, "", name="bob") == (("Impersonate-User", "bob"), UID, *GROUPS, *REST)
    assert impersonation_headers({"as": "alice"}, "", groups=["x"]) == (
        ("Impersonate-User", "alice"),
        ("Impersonate-Group", "x"),
    )


NOBODY = "user 'u': has as-groups, as-uid or as-user-extra, and no as; add as to it, or set impersonate_user"


@pytest.mark.parametrize(
    ("user", "groups", "message"),
    [
        ({}, ["system:masters"], "impersonate_groups: is given without impersonate_user; set it, too"),
        ({"as-groups": ["x"]}, [], NOBODY),
        ({"as-uid": "1"}, [], NOBODY),
        ({"as-user-extra": {"a": ["b"]}}, [], NOBODY),
    ],
)
def test_refused(user: t.Mapping[str, t.Any], groups: list[str], message: str) -> None:
    """What says for whom only by half is refused: an API server would take the request for one's own."""
    with pytest.raises(ConnectionProblem, match=f"^{re.escape(message)}$"):
        impersonation_headers(user, "user 'u'", groups=groups)
