"""
Proof that the collection knows what a kubelet does: its code and the kubelet's own answer the same questions.

A question is a line of JSON, and so is an answer::

    {"op": "image", "image": TEXT}                             {"error", "repo", "tag", "digest"}
    {"op": "parse", "format": FORMAT, "text": TEXT}            {"error", "entries": {KEY: {"username", "password"}}}
    {"op": "lookup", "image": TEXT, "secrets": [{"name", "namespace", "type", "data": {KEY: TEXT}}],
     "node_config": TEXT or null, "node_files": {PLACE: TEXT or null}}
                                       {"error", "found", "credentials": [{"username", "password", "source"}], "ties"}

    {"op": "providers", "files": {NAME: TEXT}, "folder": true or false}     {"error"}
    {"op": "match_image", "pattern": TEXT, "image": TEXT}                   {"error", "matches"}

``providers`` asks whether a kubelet would start with a CredentialProviderConfig in this file, or in a folder of these files, if all
programs were there; ``match_image`` whether it would ask a provider with this pattern.

The kubelet's program answers one more, about time, which our code knows nothing of::

    {"op": "refresh", "image": REPOSITORY, "node_config": TEXT}     {"before", "after", "anew", "seconds"}

Whether there is a credential for the repository before the node's file is there, and after, and with a keyring made anew; and for
how many seconds an answer is kept.

``text``, ``data``, ``node_config`` and ``node_files`` have a sister that ends with ``_b64`` for what is not UTF-8; in answers, such
a byte is the lone surrogate of ``surrogateescape``. A place is ``root/``, ``cwd/`` or ``home/`` with a file's name, and ``null``
a folder in its place; ``node_config`` is ``root/config.json``. Of an ``error`` it counts only whether it is null. ``ties`` are the
ranges ``[start, end)`` of credentials whose order a kubelet leaves to chance; the kubelet's own answers have none.

Whatever imports from this package can import the collection by its full name, wherever the project was cloned to.
"""

from __future__ import annotations

from tests.unit.conftest import COLLECTION  # importing it makes the collection importable
from tests.unit.conftest import ROOT as PROJECT

__all__ = ["COLLECTION", "PROJECT"]
