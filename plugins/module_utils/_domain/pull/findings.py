# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a pull, and what to do about it."""

from __future__ import annotations

import typing as t

from ..docker_config.keyring import HUB_FALLBACK, Candidate, ties
from ..finding import Finding
from ..image.reference import DEFAULT_REGISTRY, shown_image
from ..image.registry_key import shown_registry
from .failure import Cause, cause_of, failing_image
from .outcome import Pull, Sources, pull_of, secret_of
from .puller import ContainerImage, Puller, PullFailure
from .secret_list import SecretList

_CURES: t.Mapping[Cause, str] = {
    "not_found": "check repository and tag; registries also answer so to who may not see a repository",
    "invalid_name": "correct the name of the image",
    "never": "the policy is Never: bring the image onto the node, pulled by the kubelet with a credential of this Pod"
    " where it checks that (KubeletEnsureSecretPulledImages)",
    "blocked": "one of its Secrets could not be read: pull_secret_info shows which; if it was corrected since, the next"
    " try succeeds",
    "certificate": "make the container runtime on the node trust the registry's certificate authority",
    "scheme": "one side speaks HTTP and the other HTTPS: tell the container runtime on the node which of them the registry"
    " has",
    "platform": "the image is not made for the node's platform: take one that is, or another node",
    "unreachable": "check name, network and proxy between the node and the registry",
    "throttled": "wait, or pull with a credential that has a higher limit; the kubelet's own limit is registryPullQPS",
    "other": "the kubelet's words say all that is known",
}


class Place(t.NamedTuple):
    """The object that a finding is about."""

    namespace: str
    kind: str
    name: str


def place_of(puller: Puller) -> Place:
    """The object itself, or the ServiceAccount where somebody only asks."""
    if puller.kind:
        return Place(puller.namespace, puller.kind, puller.name)
    return Place(puller.namespace, "ServiceAccount", puller.spec.service_account)


def blocked_finding(sources: Sources, place: Place) -> t.Iterator[Finding]:
    """One Secret that cannot be read fails all pulls of a Pod."""
    if sources.blocked_by:
        yield Finding(
            "pulls_blocked",
            "error",
            *place,
            f"Secret {sources.blocked_by} cannot be read, so every pull fails: other Secrets, the node's credentials and"
            " anonymous pulls are not tried",
            f"correct Secret {sources.blocked_by}, or take it off the list",
        )


def pull_findings(pull: Pull, sources: Sources, listed: SecretList, place: Place) -> t.Iterator[Finding]:
    """What can be known about a pull before it is tried."""
    yield from _policy_findings(pull, place)
    if pull.problem:
        cure = "write [registry/]repository[:tag][@digest] in lower case"
        yield Finding("invalid_image", "error", *place, f"{pull.image!r} {pull.problem}", cure, pull.image)
    elif pull.verdict == "anonymous":
        yield _no_credential(pull, listed, place)
    elif pull.verdict == "credentials":
        yield from _order_findings(pull, place)
        yield from _passed_over(pull, sources, place)
        yield from _sent_elsewhere(pull, place)


def would_be_helped(pull: Pull, linked: Sources) -> bool:
    """Whether an image has no credential, and would have one with the list of the ServiceAccount."""
    return pull.verdict == "anonymous" and bool(pull_of(ContainerImage(pull.image), linked).credentials)


def hidden_link_finding(pull: Pull, links: t.Collection[str], listed: SecretList, puller: Puller) -> Finding:
    """
    A ServiceAccount whose list would help, and does not apply.

    Args:
        pull: An image that :func:`would_be_helped`.
        links: The ServiceAccount's list.
        listed: The list that applies.
    """
    account = puller.spec.service_account
    if puller.is_admitted and set(listed.names) <= set(links):
        code = "created_before_link"
        message = (
            f"was created before ServiceAccount {account} was linked to a credential for this image; its list is fixed"
        )
        cure = "create it anew (kubectl rollout restart for a workload's Pods)" + (
            "; if its manifest has that list, add the Secret there first" if listed.names else ""
        )
    else:
        code = "service_account_ignored"
        message = f"the Pod's own imagePullSecrets keep those of ServiceAccount {account}, which match this image, from being used"
        cure = "add the Secret to that list, or take the list away" + (
            ", in its manifest, and create it anew" if puller.is_admitted else ""
        )
    return Finding(code, "warning", *place_of(puller), message, cure, pull.image)


def failure_finding(puller: Puller, failure: PullFailure, sources: Sources) -> Finding:
    """A container that waits for its image, and what the kubelet says."""
    message = f"container {failure.container} waits with {failure.reason}"
    if failure.message != failure.reason:
        message += f": {failure.message}"
    image = failing_image(failure, puller.spec.images)
    message = message.replace(image, shown_image(image)) if image else message
    cure = _failure_cure(cause_of(failure.reason, failure.message), pull_of(ContainerImage(image), sources), puller)
    return Finding(
        "pull_failing", "error", *place_of(puller), message, cure, image=shown_image(image), events=puller.events
    )


def _no_credential(pull: Pull, listed: SecretList, place: Place) -> Finding:
    names = ", ".join(filter(None, listed.names))
    message = f"no credential of its Secrets ({names}) matches this image" if names else "has no Secret to pull with"
    if pull.policy == "Never":
        message += ": with the policy Never, kubelets refuse it an image that was pulled with a credential"
    else:
        message += f": {'it' if names else 'this image'} is pulled anonymously"
    cure = (
        f"right for a public image; else give it a credential for {_registry(pull)} (pull_secret, service_account_link)"
    )
    return Finding("no_credential", "warning" if names else "info", *place, message, cure, pull.image)


def _policy_findings(pull: Pull, place: Place) -> t.Iterator[Finding]:
    """
    Tags that are moved from image to image, under a policy that keeps on a node what it pulled first.

    The API server sets the policy when an object is made, so that it stays when a workload's tag becomes ``latest``.
    """
    if pull.policy != "IfNotPresent" or not pull.tag or any(character.isdigit() for character in pull.tag):
        return
    message = (
        f"the tag {pull.tag} is moved from image to image, and with the policy IfNotPresent each node keeps the one that it"
        " pulled first"
    )
    cure = "set imagePullPolicy to Always, or name a version or a digest"
    yield Finding("mutable_tag", "info", *place, message, cure, pull.image)


def _order_findings(pull: Pull, place: Place) -> t.Iterator[Finding]:
    tried = pull.credentials
    for start, end in ties(tried):
        if len({candidate.credential for candidate in tried[start:end]}) > 1:
            keys = " and ".join(repr(shown_registry(candidate.registry)) for candidate in tried[start:end])
            message = f"{keys} of {_whose(tried[start])} mean the same, and which is tried first is left to chance"
            yield Finding("order_by_chance", "info", *place, message, "keep one of them", pull.image)
    for number, later in enumerate(tried):
        earlier = next((one for one in tried[:number] if _is_broader(one, later)), None)
        if earlier is not None:
            message = f"{_shown(later)} is narrower, and yet {_shown(earlier)} is tried before it"
            cure = "harmless if either will do; else write the narrower key with the whole host, in a Secret of the Pod"
            yield Finding("shadowed", "info", *place, message, cure, pull.image)
            return


def _passed_over(pull: Pull, sources: Sources, place: Place) -> t.Iterator[Finding]:
    tried = {candidate.credential for candidate in pull.credentials}
    for keyring in sources.keyrings:
        unused = [one for one in keyring.passed_over(pull.repository) if one.credential not in tried]
        match = next(iter(keyring.lookup(pull.repository)), None)
        if unused and match and not _is_broader(unused[0], match):
            message = (
                f"{_shown(unused[0])} is for Docker Hub and never tried, because {_shown(match)} matches this image"
            )
            cure = "remove or narrow the key that matches, or write the Docker Hub credential under docker.io"
            yield Finding("shadowed", "warning", *place, message, cure, pull.image)


def _sent_elsewhere(pull: Pull, place: Place) -> t.Iterator[Finding]:
    """The fallback takes ``localhost``, and hosts that are known by their capitals, for Docker Hub."""
    sent = [candidate for candidate in pull.credentials if candidate.index_key == HUB_FALLBACK]
    if sent and _registry(pull) != DEFAULT_REGISTRY:
        message = f"{_shown(sent[0])} is for Docker Hub, and is sent to {_registry(pull)}"
        cure = f"write an entry for {_registry(pull)}, or give the registry a name with a dot or a port"
        yield Finding("sent_elsewhere", "warning", *place, message, cure, pull.image)


def _is_broader(one: Candidate, other: Candidate) -> bool:
    paths = [candidate.index_key.partition(b"/")[2] for candidate in (one, other)]
    return len(paths[0]) < len(paths[1]) and one.credential != other.credential


def _failure_cure(cause: Cause, pull: Pull, puller: Puller) -> str:
    if pull.blocked_by:
        return f"correct Secret {pull.blocked_by}, or take it off the list"
    if cause != "denied":
        return _CURES[cause]
    if pull.verdict == "unknown":
        return "what is tried could not be seen; ask as a user who may read Secrets"
    names = ", ".join(filter(None, puller.spec.secrets))
    if pull.verdict == "anonymous" and names:
        return (
            f"no credential of its Secrets ({names}) matches this image: put one for {_registry(pull)} into one of them"
            " (pull_secret); the next try uses it"
        )
    if pull.verdict == "anonymous":
        return (
            f"it has no Secret to pull with: make one for {_registry(pull)} (pull_secret), link it (service_account_link),"
            f" and {'create the Pod anew' if puller.kind else 'run again'}"
        )
    tried = ", ".join(_shown(candidate) for candidate in pull.credentials)
    return f"check that what is tried is still good, and may pull this image: {tried}"


def _shown(candidate: Candidate) -> str:
    user = candidate.credential.username or "no user"
    return f"{shown_registry(candidate.registry)!r} as {user} ({_whose(candidate)})"


def _registry(pull: Pull) -> str:
    return pull.repository.partition("/")[0]


def _whose(candidate: Candidate) -> str:
    secret = secret_of(candidate)
    return f"Secret {secret}" if secret else "the node's file"
