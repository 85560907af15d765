# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The Secret that holds registry credentials: ``SECRET_SPEC``, without ``CREDENTIAL_SPEC``."""

    DOCUMENTATION = r"""
options:
  type:
    description:
      - The type of the Secret, C(kubernetes.io/dockerconfigjson) or the legacy C(kubernetes.io/dockercfg).
      - The type of a Secret never changes, so one of ours that has the other is deleted and created again.
      - While a Secret is deleted and created again, what it holds is kept in a second Secret beside it, whose name ends in
        C(.regcred-kept). After a run that was interrupted in between, the next one puts it back. Where the second Secret cannot be
        created, as with a full quota, nothing is deleted.
    type: str
    choices: [dockerconfigjson, dockercfg]
    default: dockerconfigjson
  purge_registries:
    description:
      - V(true) makes the Secret hold exactly these registries.
      - V(false) merges them into what is there; other registries, and fields that are not known here, are kept. A Secret
        whose contents cannot be read is left alone, and its namespace fails.
    type: bool
    default: true
  immutable:
    description:
      - V(true) makes the Secret immutable. Changing one later takes a delete and a create, as for another O(type).
      - Left out, it stays as it is.
    type: bool
  on_conflict:
    description:
      - What to do about a Secret of that name that is not managed by this collection.
      - V(fail) fails its namespace; V(skip) leaves it alone and says so.
      - V(adopt) takes it over, keeping labels and annotations; V(replace) writes it anew. What is lost stands in the reason.
      - One that a controller keeps, known by C(ownerReferences) or by the marks of Argo CD, External Secrets, Flux, Helm, Sealed
        Secrets and others, is refused unless it is to be replaced or skipped.
      - A Secret that belongs to another O(owner) is never touched.
    type: str
    choices: [fail, skip, adopt, replace]
    default: fail
  owner:
    description:
      - The name of this declaration. What it makes carries the labels C(app.kubernetes.io/managed-by=regcred.kubernetes) and
        C(regcred.kubernetes/owner) with this value, and only what carries them is changed, pruned or removed.
      - Two declarations over one cluster take two owners.
    type: str
    default: default
"""
