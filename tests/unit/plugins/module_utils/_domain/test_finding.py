"""Findings: in which order, and how they are returned."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.finding import Finding, Severity, in_order


def finding(severity: Severity, *place: str, **details: t.Any) -> Finding:
    """A finding at a namespace, kind and name."""
    namespace, kind, name = place
    facts: dict[str, t.Any] = {"code": "no_credential", "message": "is so", "cure": "do this", **details}
    return Finding(severity=severity, namespace=namespace, kind=kind, name=name, **facts)


def test_order() -> None:
    """The worst comes first, then by place, code and image."""
    ordered = [
        finding("error", "b", "Secret", "x"),
        finding("warning", "a", "Pod", "x", image="b"),
        finding("warning", "a", "Pod", "y"),
        finding("warning", "a", "Secret", "x", code="a"),
        finding("warning", "a", "Secret", "x", code="b", image="a"),
        finding("warning", "a", "Secret", "x", code="b", image="b"),
        finding("info", "a", "Pod", "x"),
    ]
    shuffled = random.Random(0).sample(ordered, len(ordered))

    assert ordered != shuffled
    assert ordered == in_order(shuffled)


def test_once() -> None:
    """What is found twice is reported once, and what differs in anything is reported."""
    one, other = finding("error", "a", "Pod", "x"), finding("error", "a", "Pod", "x", message="is other")

    assert in_order([one, other, one]) == [one, other]


def test_as_dict() -> None:
    """All of a finding is returned, with lists in place of tuples."""
    result = finding("error", "a", "Pod", "x", image="nginx", events=("Failed: no",)).as_dict()

    assert result == {
        "code": "no_credential",
        "severity": "error",
        "namespace": "a",
        "kind": "Pod",
        "name": "x",
        "message": "is so",
        "cure": "do this",
        "image": "nginx",
        "events": ["Failed: no"],
    }
    assert isinstance(result["events"], list)
