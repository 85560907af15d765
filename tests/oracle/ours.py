"""
Answers from the collection's code.

The protocol is translated here and nothing else is done: whatever a kubelet knows is in ``_domain``.
"""

from __future__ import annotations

import base64
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    DockerConfigError,
    Format,
    parse_docker_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.index import KeyIndex
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.keyring import (
    Candidate,
    Keyring,
    ties,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.node_files import (
    NODE_FILES,
    NodeFile,
    node_config,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.json import decode_utf8
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import (
    InvalidImage,
    parse_image,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.match_image import is_match_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_config import FILE_ENDINGS
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet.provider_rules import (
    ConfigFile,
    check_configs,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import (
    UnreadableSecret,
    keyring_of_secrets,
    tried_in_turn,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import ObservedSecret
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.yaml_text import read_document

Question: t.TypeAlias = dict[str, t.Any]
Answer: t.TypeAlias = dict[str, t.Any]

NODE: t.Final = "node"
_PLACES: t.Final = {"root_dir": "root", "working_directory": "cwd", "home": "home"}


def answer(asked: Question) -> Answer:
    """The answer to one question, see `ANSWERS` for what can be asked."""
    return ANSWERS[asked["op"]](asked)


def _image(asked: Question) -> Answer:
    try:
        image = parse_image(asked["image"])
    except InvalidImage as error:
        return {"error": str(error), "repo": "", "tag": "", "digest": ""}
    return {"error": None, "repo": image.repository, "tag": image.tag, "digest": image.digest}


def _parse(asked: Question) -> Answer:
    form: Format = asked["format"]
    try:
        config = parse_docker_config(decode_utf8(_bytes(asked, "text")), form)
    except DockerConfigError as error:
        return {"error": str(error), "entries": None}
    return {"error": None, "entries": {key: _shown(credential) for key, credential in config.credentials().items()}}


def _lookup(asked: Question) -> Answer:
    try:
        repository = parse_image(asked["image"]).repository
        keyrings = [keyring_of_secrets(map(_secret, asked.get("secrets", [])))]
    except (InvalidImage, UnreadableSecret) as error:
        return {"error": str(error), "credentials": [], "found": False, "ties": []}
    on_node = node_config(_node_files(asked))
    if on_node:
        keyrings.append(Keyring.of([(NODE, on_node[1])]))
    tried = tried_in_turn(keyrings, repository)
    return {"error": None, "credentials": [_tried(one) for one in tried], "found": bool(tried), "ties": ties(tried)}


def _providers(asked: Question) -> Answer:
    files = sorted(asked["files"].items())
    if asked.get("folder"):
        files = [(name, text) for name, text in files if name.endswith(FILE_ENDINGS)]
    try:
        check_configs([ConfigFile(name, read_document(text.encode(), where=name).document) for name, text in files])
    except RegcredError as error:
        return {"error": str(error)}
    return {"error": None}


def _match_image(asked: Question) -> Answer:
    try:
        repository = parse_image(asked["image"]).repository
    except InvalidImage as error:
        return {"error": str(error), "matches": False}
    if not is_match_image(asked["pattern"]):
        return {"error": "no pattern", "matches": False}
    matching = KeyIndex([asked["pattern"].encode("utf-8", "surrogatepass")]).matching(repository)
    return {"error": None, "matches": bool(matching)}


ANSWERS: t.Final[t.Mapping[str, t.Callable[[Question], Answer]]] = {
    "image": _image,
    "parse": _parse,
    "lookup": _lookup,
    "providers": _providers,
    "match_image": _match_image,
}


def _secret(given: Question) -> ObservedSecret:
    data = {key: text.encode("utf-8", "surrogatepass") for key, text in given.get("data", {}).items()}
    data |= {key: base64.b64decode(text) for key, text in given.get("data_b64", {}).items()}
    return ObservedSecret(given["namespace"], given["name"], given["type"], data=data)


def _node_files(asked: Question) -> list[NodeFile]:
    given = asked.get("node_files", {}).items()
    texts = {place: None if text is None else text.encode("utf-8", "surrogatepass") for place, text in given}
    texts |= {place: base64.b64decode(text) for place, text in asked.get("node_files_b64", {}).items()}
    if asked.get("node_config") is not None or "node_config_b64" in asked:
        texts["root/config.json"] = _bytes(asked, "node_config")
    files = []
    for template, form in NODE_FILES:
        raw = texts.get(template.format_map(_PLACES))
        files.append(NodeFile(template, form, None if raw is None else SecretText(decode_utf8(raw))))
    return files


def _bytes(asked: Question, name: str) -> bytes:
    encoded = asked.get(f"{name}_b64")
    if encoded is not None:
        return base64.b64decode(encoded)
    text: str = asked[name]
    return text.encode("utf-8", "surrogatepass")


def _shown(credential: Credential) -> dict[str, str]:
    return {"username": credential.username, "password": credential.password.reveal()}


def _tried(candidate: Candidate) -> dict[str, str]:
    return {**_shown(candidate.credential), "source": candidate.source}
