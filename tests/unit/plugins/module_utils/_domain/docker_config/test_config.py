"""Docker configs, read as the kubelet reads them and written as kubectl writes them."""

from __future__ import annotations

import base64
import json
import random
import re
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.docker_config.config import (
    Credential,
    DockerConfig,
    DockerConfigError,
    Format,
    RegistryCredential,
    build_docker_config,
    credential_of,
    decode_auth,
    merge_docker_config,
    parse_docker_config,
    render_docker_config,
    revealed_entries,
    sealed_entry,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.go.json import decode_utf8
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.secret_text import SecretText

VECTORS = json.loads((Path(__file__).parents[4] / "vectors/kubelet/docker-config-parse.json").read_text("utf-8"))
HUB = "https://index.docker.io/v1/"


def credential(registry: str, username: str = "u", password: str = "p", email: str = "") -> RegistryCredential:
    """A registry's credential in one line."""
    return RegistryCredential(registry, Credential(username, SecretText(password)), email)


def entry(username: str = "u", password: str = "p", **more: t.Any) -> dict[str, t.Any]:
    """An entry as kubectl writes it."""
    auth = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    return {"username": username, "password": password, "auth": auth, **more}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_reads_as_the_kubelet(vector: t.Mapping[str, t.Any]) -> None:
    """What the kubelet's own code made of a document is what we make of it."""
    given, expected = vector["input"], vector["expect"]
    raw = base64.b64decode(given["text_b64"]) if "text_b64" in given else given["text"].encode("utf-8", "surrogatepass")

    found: dict[str, dict[str, str]] | None
    try:
        config = parse_docker_config(decode_utf8(raw), given["format"])
    except DockerConfigError:
        found = None
    else:
        found = {
            registry: {"username": credential.username, "password": credential.password.reveal()}
            for registry, credential in config.credentials().items()
        }

    assert expected["entries"] == found


# What `kubectl create secret docker-registry --dry-run=client -o json` puts under the data key, decoded.
KUBECTL_WRITES: t.Mapping[str, tuple[RegistryCredential, str]] = {
    "all fields": (
        credential(HUB, "test-user", "test-password", "test-user@example.org"),
        (
            '{"auths":{"https://index.docker.io/v1/":{"username":"test-user","password":"test-password",'
            '"email":"test-user@example.org","auth":"dGVzdC11c2VyOnRlc3QtcGFzc3dvcmQ="}}}'
        ),
    ),
    "no email": (
        credential(HUB, "test-user", "test-password"),
        (
            '{"auths":{"https://index.docker.io/v1/":{"username":"test-user","password":"test-password",'
            '"auth":"dGVzdC11c2VyOnRlc3QtcGFzc3dvcmQ="}}}'
        ),
    ),
    "escaped for HTML": (
        credential("r.example.com", "u", "<a>&b"),
        '{"auths":{"r.example.com":{"username":"u","password":"\\u003ca\\u003e\\u0026b","auth":"dTo8YT4mYg=="}}}',
    ),
    "line separators": (
        credential("r.example.com", "u", "a\u2028b\u2029c"),
        '{"auths":{"r.example.com":{"username":"u","password":"a\\u2028b\\u2029c","auth":"dTph4oCoYuKAqWM="}}}',
    ),
    "quotes and backslashes": (
        credential("r.example.com", "u", 'a"b\\c/d'),
        '{"auths":{"r.example.com":{"username":"u","password":"a\\"b\\\\c/d","auth":"dTphImJcYy9k"}}}',
    ),
    "not ASCII": (
        credential("r.example.com", "u", "pässword€😀"),
        '{"auths":{"r.example.com":{"username":"u","password":"pässword€😀","auth":"dTpww6Rzc3dvcmTigqzwn5iA"}}}',
    ),
    "a colon in the password": (
        credential("r.example.com:5000", "u", "a:b"),
        '{"auths":{"r.example.com:5000":{"username":"u","password":"a:b","auth":"dTphOmI="}}}',
    ),
}


@pytest.mark.parametrize(("wanted", "expected"), KUBECTL_WRITES.values(), ids=KUBECTL_WRITES.keys())
def test_writes_as_kubectl(wanted: RegistryCredential, expected: str) -> None:
    """A document of ours is byte for byte the one that kubectl writes."""
    document = build_docker_config([wanted])

    assert expected == render_docker_config(document, "dockerconfigjson").reveal()


def test_writes_dockercfg() -> None:
    """The old format has the entries at its top."""
    document = build_docker_config([credential("quay.io")])

    assert (
        render_docker_config(document, "dockercfg").reveal()
        == '{"quay.io":{"username":"u","password":"p","auth":"dTpw"}}'
    )


def test_writes_auth_json() -> None:
    """An ``auth.json`` holds what its readers read."""
    document = build_docker_config([credential("quay.io", email="a@example.org")], "containers_auth")

    assert render_docker_config(document, "containers_auth").reveal() == '{"auths":{"quay.io":{"auth":"dTpw"}}}'


def test_entries_are_ordered() -> None:
    """A document does not depend on the order in which the registries were declared."""
    registries = ["quay.io", "Z.example.com", "a.example.com:5000", "ä.example.com", HUB]

    one = build_docker_config(credential(registry) for registry in registries)
    other = build_docker_config(credential(registry) for registry in reversed(registries))

    assert list(one.entries) == ["Z.example.com", "a.example.com:5000", HUB, "quay.io", "ä.example.com"]
    assert list(one.entries) == list(other.entries)


AUTHS: t.Mapping[str, tuple[str, tuple[str, str] | str]] = {
    "padded": ("dTpw", ("u", "p")),
    "padding": ("dXNlcjpwYXNz", ("user", "pass")),
    "padding with =": ("dTpwYXNz", ("u", "pass")),
    "padding with ==": ("dTpwYQ==", ("u", "pa")),
    "not padded": ("dTpwYQ", ("u", "pa")),
    "line breaks": ("dTpw\r\nYQ==\n", ("u", "pa")),
    "colons in the password": ("dTphOmI6", ("u", "a:b:")),
    "empty user": ("OnA=", ("", "p")),
    "empty password": ("dTo=", ("u", "")),
    "not UTF-8": ("dTr/", ("u", "\udcff")),
    "half padded": ("dTpwYQ=", "is not base64"),
    "blank inside": ("dTpw YQ==", "is not base64"),
    "URL alphabet": ("dTr_", "is not base64"),
    "one letter": ("d", "is not base64"),
    "padding inside": ("dTo=dTo=", "is not base64"),
    "clear text": ("user:password", "is not base64"),
    "no colon": ("dXNlcg==", "does not decode to username:password"),
    "empty": ("", "does not decode to username:password"),
}


@pytest.mark.parametrize(("auth", "expected"), AUTHS.values(), ids=AUTHS.keys())
def test_decode_auth(auth: str, expected: tuple[str, str] | str) -> None:
    """An ``auth`` is read or refused as by the kubelet, and never quoted."""
    if isinstance(expected, str):
        with pytest.raises(DockerConfigError, match=f"^{re.escape(expected)}$"):
            decode_auth(SecretText(auth))
    else:
        found = decode_auth(SecretText(auth))

        assert expected == (found.username, found.password.reveal())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"auth": "dTpw", "username": "other", "password": "other"}, ("u", "p")),
        ({"auth": "", "username": "u", "password": "p"}, ("u", "p")),
        ({"username": "u"}, ("u", "")),
        ({}, ("", "")),
    ],
    ids=["auth wins", "empty auth", "user alone", "nothing"],
)
def test_credential_of(fields: t.Mapping[str, str], expected: tuple[str, str]) -> None:
    """The credential of an entry is the one that the kubelet sends."""
    found = credential_of(sealed_entry(fields))

    assert expected == (found.username, found.password.reveal())


AUTH_JSON_ENTRIES: t.Mapping[str, tuple[t.Mapping[str, str], tuple[str, str] | str]] = {
    "auth": ({"auth": "dTpwYQ=="}, ("u", "pa")),
    "auth wins": ({"auth": "dTpw", "username": "other", "password": "other"}, ("u", "p")),
    "user name and password are not read": ({"username": "u", "password": "p"}, ("", "")),
    "NUL bytes are dropped": ({"auth": "dToAcAA="}, ("u", "p")),
    "a token beside it": ({"auth": "dTpw", "identitytoken": "t"}, ("u", "p")),
    "line breaks": ({"auth": "dTpw\r\nYQ==\n"}, ("u", "pa")),
    "without a colon": ({"auth": "dXNlcg=="}, ("", "")),
    "nothing": ({}, ("", "")),
    "not padded": ({"auth": "dTpwYQ"}, "is not base64"),
    "a blank at its end": ({"auth": "dTpw "}, "is not base64"),
}


@pytest.mark.parametrize(("fields", "expected"), AUTH_JSON_ENTRIES.values(), ids=AUTH_JSON_ENTRIES.keys())
def test_credential_in_auth_json(fields: t.Mapping[str, str], expected: tuple[str, str] | str) -> None:
    """Of an entry in an ``auth.json``, its readers take what is in ``auth``, and fail for that entry alone."""
    text = json.dumps({"auths": {"quay.io": fields, "ghcr.io": {"auth": "dTpw"}}})

    entries = parse_docker_config(text, "containers_auth").entries

    assert credential_of(entries["ghcr.io"], "containers_auth") == Credential("u", SecretText("p"))
    if isinstance(expected, str):
        with pytest.raises(DockerConfigError, match=f"^{re.escape(expected)}$"):
            credential_of(entries["quay.io"], "containers_auth")
    else:
        found = credential_of(entries["quay.io"], "containers_auth")

        assert expected == (found.username, found.password.reveal())


def test_what_auth_json_does_not_check() -> None:
    """The fields that an ``auth.json`` is not read for may be of any type, and are kept."""
    text = '{"auths":{"quay.io":{"auth":"dTpw","email":1,"password":[]}},"HttpHeaders":7}'

    found = parse_docker_config(text, "containers_auth")

    assert text == render_docker_config(found, "containers_auth").reveal()


REFUSED: t.Mapping[str, tuple[str, Format, str]] = {
    "not JSON": ('{"auths":\n x}', "dockerconfigjson", "not JSON (line 2, column 2)"),
    "a constant": ('{"auths": NaN}', "dockerconfigjson", "not JSON (line 1, column 1)"),
    "a list": ("[]", "dockerconfigjson", "the document: must be a JSON object"),
    "auths is a list": ('{"auths": []}', "dockerconfigjson", "auths: must be a JSON object"),
    "entry is text": ('{"auths": {"quay.io": "x"}}', "dockerconfigjson", "auths['quay.io']: must be a JSON object"),
    "number as password": (
        '{"auths": {"quay.io": {"password": 4}}}',
        "dockerconfigjson",
        "auths['quay.io'].password: must be a string",
    ),
    "auth is not base64": (
        '{"auths": {"quay.io": {"auth": "hunter2!"}}}',
        "dockerconfigjson",
        "auths['quay.io'].auth: is not base64",
    ),
    "auth without colon": (
        '{"quay.io": {"auth": "dXNlcg=="}}',
        "dockercfg",
        "['quay.io'].auth: does not decode to username:password",
    ),
    "headers": (
        '{"HttpHeaders": {"X": 1}}',
        "dockerconfigjson",
        "HttpHeaders['X']: must be a string",
    ),
    "number as auth in auth.json": (
        '{"auths": {"quay.io": {"auth": 4}}}',
        "containers_auth",
        "auths['quay.io'].auth: must be a string",
    ),
    "a list as token in auth.json": (
        '{"auths": {"quay.io": {"identityToken": []}}}',
        "containers_auth",
        "auths['quay.io'].identitytoken: must be a string",
    ),
    "helpers in auth.json": (
        '{"credHelpers": {"gcr.io": true}}',
        "containers_auth",
        "credHelpers['gcr.io']: must be a string",
    ),
    "auth.json is empty": ("", "containers_auth", "not JSON (line 1, column 1)"),
}


@pytest.mark.parametrize(("text", "form", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, form: Format, expected: str) -> None:
    """A document that the kubelet cannot read is an error that names the place and quotes nothing."""
    with pytest.raises(DockerConfigError, match=f"^{re.escape(expected)}$"):
        parse_docker_config(text, form)


def test_keeps_what_it_does_not_know() -> None:
    """Members and fields that are not ours survive reading and writing."""
    text = '{"auths":{"quay.io":{"x":[1,{"y":null}],"auth":"dTpw"}},"credHelpers":{"gcr.io":"gcloud"},"n":1.5}'

    assert text == render_docker_config(parse_docker_config(text, "dockerconfigjson"), "dockerconfigjson").reveal()


def test_parse_undoes_render() -> None:
    """What was written is read as what it was."""
    for seed in range(200):
        config = _some_config(random.Random(seed))
        for form in t.get_args(Format):
            text = render_docker_config(config, form).reveal()
            again = parse_docker_config(text, form)

            assert config.entries == again.entries, seed
            assert text == render_docker_config(again, form).reveal(), seed


class Merge(t.NamedTuple):
    """A merge, and the entries that come of it."""

    existing: t.Mapping[str, t.Mapping[str, t.Any]]
    present: t.Sequence[RegistryCredential]
    absent: t.Sequence[str]
    expected: t.Mapping[str, t.Mapping[str, t.Any]]


MERGES = {
    "into nothing": Merge({}, [credential("quay.io")], [], {"quay.io": entry()}),
    "others stay where they are": Merge(
        {"b.example.com": entry("b"), "a.example.com": entry("a")},
        [credential("quay.io")],
        [],
        {"b.example.com": entry("b"), "a.example.com": entry("a"), "quay.io": entry()},
    ),
    "replaced in place": Merge(
        {"quay.io": entry("old"), "a.example.com": entry("a")},
        [credential("quay.io")],
        [],
        {"quay.io": entry(), "a.example.com": entry("a")},
    ),
    "unknown fields are kept": Merge(
        {"quay.io": entry("old", note={"by": "hand"})},
        [credential("quay.io")],
        [],
        {"quay.io": entry(note={"by": "hand"})},
    ),
    "tokens go with the old credential": Merge(
        {"quay.io": entry("old", identitytoken="t", registrytoken="r", IdentityToken="T")},
        [credential("quay.io")],
        [],
        {"quay.io": entry()},
    ),
    "a token beside the same credential goes, too": Merge(
        {"quay.io": entry(identitytoken="t")}, [credential("quay.io")], [], {"quay.io": entry()}
    ),
    "the same is left as it is written": Merge(
        {"quay.io": {"auth": "dTpw", "note": 1}}, [credential("quay.io")], [], {"quay.io": {"auth": "dTpw", "note": 1}}
    ),
    "the same without auth is completed": Merge(
        {"quay.io": {"username": "u", "password": "p"}}, [credential("quay.io")], [], {"quay.io": entry()}
    ),
    "the same under another spelling is left": Merge(
        {"https://quay.io/v2/": entry()}, [credential("quay.io")], [], {"https://quay.io/v2/": entry()}
    ),
    "another spelling gives way": Merge(
        {"https://quay.io/v2/": entry("old")}, [credential("quay.io")], [], {"quay.io": entry()}
    ),
    "all spellings give way": Merge(
        {"docker.io": entry(), HUB: entry("old"), "index.docker.io": entry("older")},
        [credential(HUB)],
        [],
        {HUB: entry()},
    ),
    "a path is another registry": Merge(
        {"quay.io/team": entry("team")},
        [credential("quay.io")],
        [],
        {"quay.io/team": entry("team"), "quay.io": entry()},
    ),
    "an email is added": Merge(
        {"quay.io": entry()},
        [credential("quay.io", email="a@example.org")],
        [],
        {"quay.io": entry(email="a@example.org")},
    ),
    "an email that is not given is left": Merge(
        {"quay.io": entry(email="a@example.org")},
        [credential("quay.io")],
        [],
        {"quay.io": entry(email="a@example.org")},
    ),
    "absent": Merge({"quay.io": entry(), "a.example.com": entry()}, [], ["quay.io"], {"a.example.com": entry()}),
    "absent in all spellings": Merge({"https://quay.io": entry(), "quay.io/v1/": entry()}, [], ["quay.io"], {}),
    "absent and not there": Merge({"quay.io": entry()}, [], ["a.example.com"], {"quay.io": entry()}),
}


@pytest.mark.parametrize("case", MERGES.values(), ids=MERGES.keys())
def test_merge(case: Merge) -> None:
    """A merge replaces the declared registries' credentials and keeps everything else, in its order."""
    merged = merge_docker_config(DockerConfig(case.existing), case.present, case.absent)

    assert case.expected == revealed_entries(merged)
    assert list(case.expected) == list(merged.entries)


AUTH_JSON_MERGES = {
    "auth alone is written": Merge(
        {}, [credential("quay.io", email="a@example.org")], [], {"quay.io": {"auth": "dTpw"}}
    ),
    "unknown fields are kept": Merge(
        {"quay.io": entry("old", note=1, email="a@example.org")},
        [credential("quay.io")],
        [],
        {"quay.io": {"auth": "dTpw", "note": 1}},
    ),
    "the same is left as it is written": Merge(
        {"quay.io": {"auth": "dTpw\n", "note": 1}},
        [credential("quay.io", email="a@example.org")],
        [],
        {"quay.io": {"auth": "dTpw\n", "note": 1}},
    ),
    "a token gives way": Merge(
        {"quay.io": {"auth": "dTpw", "identitytoken": "t"}}, [credential("quay.io")], [], {"quay.io": {"auth": "dTpw"}}
    ),
    "an auth that cannot be read gives way": Merge(
        {"quay.io": {"auth": "?"}}, [credential("quay.io")], [], {"quay.io": {"auth": "dTpw"}}
    ),
    "another's auth that cannot be read is kept": Merge(
        {"ghcr.io": {"auth": "?"}}, [credential("quay.io")], [], {"ghcr.io": {"auth": "?"}, "quay.io": {"auth": "dTpw"}}
    ),
    "all spellings of Docker Hub give way": Merge(
        {HUB: entry("old"), "registry-1.docker.io": entry("older")},
        [credential("docker.io")],
        [],
        {"docker.io": {"auth": "dTpw"}},
    ),
    "a namespace that begins like the API is another": Merge(
        {"quay.io/v2/team": {"auth": "b2xkOm8="}},
        [credential("quay.io/team")],
        [],
        {"quay.io/v2/team": {"auth": "b2xkOm8="}, "quay.io/team": {"auth": "dTpw"}},
    ),
    "absent in all spellings": Merge(
        {"https://quay.io/v2/": entry(), "quay.io/team": entry()}, [], ["quay.io"], {"quay.io/team": entry()}
    ),
}


@pytest.mark.parametrize("case", AUTH_JSON_MERGES.values(), ids=AUTH_JSON_MERGES.keys())
def test_merge_auth_json(case: Merge) -> None:
    """A merge into an ``auth.json`` goes by the rules of its readers."""
    merged = merge_docker_config(DockerConfig(case.existing), case.present, case.absent, "containers_auth")

    assert case.expected == revealed_entries(merged)
    assert list(case.expected) == list(merged.entries)


def test_merge_terse() -> None:
    """A terse credential is written in ``auth`` alone, with its email, and one that is there in full stays as it is."""
    terse = RegistryCredential("quay.io", Credential("u", SecretText("p")), "a@example.org", is_terse=True)

    assert revealed_entries(merge_docker_config(DockerConfig(), [terse])) == {
        "quay.io": {"email": "a@example.org", "auth": "dTpw"}
    }
    full = DockerConfig({"quay.io": {"username": "u", "password": "p", "email": "a@example.org", "auth": "dTpw"}})
    assert merge_docker_config(full, [terse]) == full


def test_merge_into_a_large_document() -> None:
    """Merging takes time in proportion to what is there and what is declared, not to both multiplied."""
    existing = DockerConfig({f"{number}.example.com": entry("old") for number in range(6000)})

    began = time.process_time()
    merged = merge_docker_config(existing, [credential(f"{number}.example.com") for number in range(6000)])

    assert time.process_time() - began < 60
    assert {fields["auth"] for fields in revealed_entries(merged).values()} == {"dTpw"}


def test_merge_keeps_extras() -> None:
    """Members beside ``auths`` are kept, and the document that was merged into is not changed."""
    existing = DockerConfig({"quay.io": entry("old")}, {"credHelpers": {"gcr.io": "gcloud"}})

    merged = merge_docker_config(existing, [credential("quay.io")])

    assert merged.extras == {"credHelpers": {"gcr.io": "gcloud"}}
    assert {"quay.io": entry("old")} == revealed_entries(existing)


def test_merge_properties() -> None:
    """For any document: merging twice is merging once, the kubelet finds what was merged, and others keep theirs."""
    for seed in range(500):
        dice = random.Random(seed)
        existing = _some_config(dice)
        present = [_some_credential(dice, registry) for registry in dice.sample(REGISTRIES, dice.randint(0, 3))]
        absent = [
            registry
            for registry in dice.sample(REGISTRIES, dice.randint(0, 2))
            if registry not in [wanted.registry for wanted in present]
        ]

        once = merge_docker_config(existing, present, absent)

        assert once == merge_docker_config(once, present, absent), seed
        for wanted in present:
            assert wanted.credential in once.credentials().values(), seed
        for registry, fields in existing.entries.items():
            if registry in FOREIGN:
                assert fields == once.entries[registry], seed


def test_repr_shows_no_secret() -> None:
    """A credential or document that ends up in a traceback does not show its secret."""
    wanted = credential("quay.io", password="hunter2")
    shown = repr(wanted) + repr(build_docker_config([wanted])) + repr(render_docker_config(DockerConfig(), "dockercfg"))

    assert "hunter2" not in shown
    assert wanted.credential.auth.reveal() not in shown


# Different registries, each in its normal spelling; the foreign ones are no spelling of any.
REGISTRIES = ["quay.io", HUB, "r.example.com:5000", "r.example.com/team", "localhost"]
FOREIGN = ["other.example.com", "10.0.0.1:5000", "ghcr.io/somebody"]
SPELLINGS = ["{}", "https://{}", "http://{}/", "{}/v2/"]
LETTERS = 'abc:"\\<>&\u2028ä😀 =/\n'


def _some_config(dice: random.Random) -> DockerConfig:
    entries: dict[str, dict[str, t.Any]] = {}
    for registry in dice.sample(REGISTRIES, dice.randint(0, 4)):
        spelling = "{}" if registry == HUB else dice.choice(SPELLINGS)
        entries[spelling.format(registry)] = _some_entry(dice, registry)
    for registry in dice.sample(FOREIGN, dice.randint(0, 3)):
        entries[registry] = _some_entry(dice, registry)
    return DockerConfig(entries)


def _some_entry(dice: random.Random, registry: str) -> dict[str, t.Any]:
    fields: dict[str, t.Any] = dict(_some_credential(dice, registry).as_fields())
    if dice.random() < 0.3:
        del fields["auth"]
    if dice.random() < 0.3:
        fields["identitytoken"] = "token"
    if dice.random() < 0.3:
        fields["unknown"] = [1, {"a": None}]
    return fields


def _some_credential(dice: random.Random, registry: str) -> RegistryCredential:
    username, password = ("".join(dice.choices(LETTERS, k=dice.randint(1, 4))) for _unused in range(2))
    return credential(registry, username.replace(":", "-"), password, dice.choice(["", "a@example.org"]))
