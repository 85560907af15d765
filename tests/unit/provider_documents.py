"""CredentialProviderConfigs for tests."""

from __future__ import annotations

import typing as t

GROUP = "kubelet.config.k8s.io"
Document = t.Dict[str, t.Any]


def fields(name: str = "ecr", **others: t.Any) -> Document:
    """A provider as a file has it."""
    plain = {
        "name": name,
        "matchImages": ["*.example.com"],
        "defaultCacheDuration": "12h",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
    }
    return {**plain, **others}


def document(*providers: t.Any, version: str = "v1") -> Document:
    """A file's document."""
    return {"apiVersion": f"{GROUP}/{version}", "kind": "CredentialProviderConfig", "providers": list(providers)}
