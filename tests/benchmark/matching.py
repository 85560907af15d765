"""
A process of its own that finds credentials for images, and tells what that took; see `keyring` for who starts it.

    python -m tests.benchmark.matching IMAGES CREDENTIALS
"""

from __future__ import annotations

import base64
import json
import random
import sys
import time
import typing as t

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.image.reference import parse_image
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull.outcome import keyring_of_secrets
from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.pull_secret.secret import (
    KEYS,
    TYPES,
    ObservedSecret,
)

KEYS_IN_A_SECRET: t.Final = 10


def main() -> None:
    """Measure, and print what it took as JSON."""
    images, credentials = (int(argument) for argument in sys.argv[1:])
    dice = random.Random(0)
    names, secrets = some_images(images, credentials, dice), some_secrets(credentials, dice)
    start = time.process_time()
    keyring = keyring_of_secrets(secrets)
    is_read = time.process_time()
    found = [len(keyring.lookup(parse_image(name).repository)) for name in names]
    is_matched = time.process_time()
    print(
        json.dumps(
            {
                "images": images,
                "credentials": credentials,
                "reading": is_read - start,
                "matching": is_matched - is_read,
                "tried": sum(found) / images,
                "anonymous": found.count(0) / images,
            }
        )
    )


def some_secrets(count: int, dice: random.Random) -> list[ObservedSecret]:
    """Pull Secrets with so many credentials in all, a few in each."""
    registries = [_registry(number) for number in range(count)]
    dice.shuffle(registries)
    groups = [registries[start : start + KEYS_IN_A_SECRET] for start in range(0, count, KEYS_IN_A_SECRET)]
    return [_secret(f"secret-{number}", group) for number, group in enumerate(groups)]


def some_images(count: int, credentials: int, dice: random.Random) -> list[str]:
    """Images of the registries that the credentials are for, and a fifth of others."""
    return [_image(number, dice.randrange(credentials), dice.randrange(5) == 0) for number in range(count)]


def _registry(number: int) -> str:
    """Of each ten keys, three are hosts, four have paths, two have globs, and one is for Docker Hub."""
    return (
        f"registry-{number}.example.com",
        f"https://registry-{number}.example.com:5000/v2/",
        f"{number}.dkr.ecr.eu-central-1.amazonaws.com",
        f"harbor.example.com/project-{number}",
        f"harbor.example.com/project-{number - 1}/team",
        f"quay.io/org-{number}",
        f"ghcr.io/org-{number}/app",
        f"*.tenant-{number}.example.com",
        f"team-{number}-*.apps.example.com" if number % 20 < 10 else f"*.*.site-{number}.example.com/base",
        f"docker.io/org-{number}" if number > 10 else "https://index.docker.io/v1/",
    )[number % 10]


def _image(number: int, credential: int, is_of_nobody: bool) -> str:  # noqa: FBT001  # it is one of three dice
    """An image for the credential of that number, or of a place next to it that has none."""
    place = f"{credential}x" if is_of_nobody else f"{credential}"
    return (
        f"registry-{place}.example.com/team/app-{number}:v1",
        f"registry-{place}.example.com:5000/team/app-{number}:v1",
        f"{place}.dkr.ecr.eu-central-1.amazonaws.com/app-{number}:v1",
        f"harbor.example.com/project-{place}/app-{number}:v1",
        f"harbor.example.com/project-{credential - 1}/team-{place}/app-{number}@sha256:{number:064x}",
        f"quay.io/org-{place}/app-{number}",
        f"ghcr.io/org-{place}/app-{number}:v1",
        f"registry.tenant-{place}.example.com/app-{number}:v1",
        f"team-{place}-prod.apps.example.com/app-{number}:v1"
        if credential % 20 < 10
        else f"a.b.site-{place}.example.com/base-{number}",
        f"org-{place}/app-{number}",
    )[credential % 10]


def _secret(name: str, registries: t.Sequence[str]) -> ObservedSecret:
    auth = base64.b64encode(f"{name}:password".encode()).decode()
    document = json.dumps({"auths": {registry: {"auth": auth} for registry in registries}})
    return ObservedSecret("team", name, TYPES["dockerconfigjson"], data={KEYS["dockerconfigjson"]: document.encode()})


if __name__ == "__main__":
    main()
