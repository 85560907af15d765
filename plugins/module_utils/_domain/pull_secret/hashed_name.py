# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The name that ``kubectl create secret docker-registry --append-hash`` gives to a pull Secret.

Source: ``pkg/util/hash/hash.go`` of kubectl.
"""

from __future__ import annotations

import base64
import hashlib

from ..go.json import render_json
from ..secret_text import SecretText
from .secret import KEYS, TYPES

_HASH_LENGTH = 10
_NO_WORDS = str.maketrans("013ae", "ghkmt")
"""So that no hash spells a bad word."""


def hashed_secret_name(name: str, document: SecretText) -> str:
    """
    The name of the Secret that holds a document, such as ``regcred-548cm7fgdh``.

    Args:
        name: What kubectl was given as name.
        document: The text of its ``.dockerconfigjson``; a space more or less is another name.
    """
    text = document.reveal().encode("utf-8", "surrogatepass")
    hashed = render_json(
        {
            "data": {KEYS["dockerconfigjson"]: base64.b64encode(text).decode("ascii")},
            "kind": "Secret",
            "name": name,
            "type": TYPES["dockerconfigjson"],
        }
    )
    digest = hashlib.sha256(hashed.encode("utf-8")).hexdigest()
    return f"{name}-{digest[:_HASH_LENGTH].translate(_NO_WORDS)}"
