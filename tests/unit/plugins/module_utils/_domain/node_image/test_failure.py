"""Why a pull failed, with what to do; the texts are those of ctr and crictl 2.4.2, podman 4.3.1 and docker."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import parse_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.node_image.failure import Attempt, failure_of

IMAGE = parse_image("registry.example.test/team/app:v1")
HEAD = 'failed to resolve image: failed to do request: Head "https://registry.example.test/v2/team/app/manifests/v1": '
UNAUTHORIZED = (
    "failed to resolve image: unexpected status from HEAD request to"
    " https://127.0.0.1:54129/v2/team/app/manifests/v1?ns=registry.example.test: 401 Unauthorized"
)
FAILURES: t.Sequence[tuple[str, str, str, str]] = [
    (UNAUTHORIZED, "robot", "denied", "check user name and password, and whether robot may pull"),
    (UNAUTHORIZED.replace("401 Unauthorized", "403 Forbidden"), "robot", "denied", "the registry knows robot and refuses"),
    (
        "pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials",
        "", "denied", "no credential that was given here is for registry.example.test/team/app; give one with registries",
    ),
    (
        "initializing source docker://127.0.0.1:5/app:v1: reading manifest v1 in 127.0.0.1:5/app: unauthorized: authentication required",
        "robot", "denied", "check user name and password",
    ),
    ("failed to resolve image: registry.example.test/team/app:v1: not found", "robot", "not_found", "check repository and tag"),
    ("reading manifest v1 in 127.0.0.1:54129/team/app: manifest unknown: manifest unknown", "", "not_found", "check repository"),
    (f"{HEAD}tls: failed to verify certificate: x509: certificate signed by unknown authority", "", "certificate", "trust"),
    (f"{HEAD}http: server gave HTTP response to HTTPS client", "", "scheme", "one side speaks TLS"),
    (f"{HEAD}dial tcp: lookup registry.example.test on 10.0.0.53:53: no such host", "", "unreachable", "DNS"),
    ("toomanyrequests: You have reached your pull rate limit.", "", "throttled", "a higher limit"),
    ("no match for platform in manifest: not found", "", "platform", "platform"),
    ("something else altogether", "", "other", "see the log of the container runtime"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "username", "cause", "cure"), FAILURES, ids=[f"{case[2]} {case[1]}" for case in FAILURES]
)
def test_cause_and_cure(message: str, username: str, cause: str, cure: str) -> None:
    """The message is kept, and followed by what to do about it."""
    failure = failure_of(IMAGE, [Attempt(message, username, "registry.example.test" if username else "")])

    beginning = f"as robot of registry.example.test: {message}" if username else message
    assert failure.cause == cause
    assert failure.reason.startswith(f"{beginning}; ")
    assert cure in failure.reason[len(beginning) :]


def test_time() -> None:
    """A program that was ended has printed nothing of use."""
    failure = failure_of(IMAGE, [Attempt("crictl did not end within 9 seconds", took_too_long=True)])

    assert failure.cause == "timeout"
    assert "; raise timeout" in failure.reason


def test_all_attempts_are_named() -> None:
    """Each credential is named with what came of it, the same thing once; the last one decides about the cure."""
    attempts = [
        Attempt("401 Unauthorized", "one", "a"),
        Attempt("401 Unauthorized", "one", "a"),
        Attempt("not found", "two", "b"),
    ]

    failure = failure_of(IMAGE, attempts)

    assert failure.cause == "not_found"
    assert failure.reason.startswith("as one of a: 401 Unauthorized | as two of b: not found; check repository")
