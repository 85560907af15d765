"""The steps of the demo. What each tells, it has checked on the API server."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import typing as t

from tests.demo.company import Tenant, Vault, definition, tenants
from tests.demo.errors import DemoError, claim
from tests.demo.inspection import SECRET, Inventory, links_of, password_in, read_account, take_inventory
from tests.demo.playbooks import command_line, count_of

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster
    from tests.demo.playbooks import Desk, Run
    from tests.demo.screen import Screen

DEFINITION: t.Final = "tenants.yml"
PASSWORD_FILE: t.Final = "passwords.yml"
ARGUMENTS: t.Final = ("onboard_tenants", "-e", f"@{DEFINITION}", "-e", f"@{PASSWORD_FILE}")
SHOWN_TENANTS: t.Final = 2


class Story:
    """
    The demo on one cluster.

    Args:
        desk: Where playbooks run.
        cluster: The cluster.
        screen: Where it is shown.
    """

    def __init__(self, desk: Desk, cluster: Cluster, screen: Screen) -> None:
        self._desk = desk
        self._cluster = cluster
        self._screen = screen
        self._tenants = tenants()
        self._vault = Vault(desk.folder / PASSWORD_FILE)
        self._namespaces = frozenset(name for tenant in self._tenants for name in tenant.namespaces)
        self._accounts = sum(len(tenant.namespaces) * len(tenant.service_accounts) for tenant in self._tenants)

    def tell(self) -> None:
        """
        All steps.

        Raises:
            DemoError: One of them did not go as it should.
        """
        try:
            self.define()
            self.plan()
            self.apply()
            self.apply_again()
            self.rotate()
            self.repair()
        finally:
            self._vault.remove()
        self.sum_up()

    def define(self) -> None:
        """Write the definition file and the passwords."""
        self._screen.begin(f"A company with {len(self._tenants)} tenants")
        text = definition(self._tenants)
        (self._desk.folder / DEFINITION).write_text(text, encoding="utf-8")
        self._vault.fill(self._tenants)
        self._screen.say(
            f"{DEFINITION} ({len(text.splitlines())} lines) defines {len(self._tenants)} tenants with {len(self._namespaces)}"
            f" namespaces. Passwords were made for this run and are in a private file. The first tenant:"
        )
        self._screen.excerpt(self._tenants[0].text())
        self._screen.end("write the definition")

    def plan(self) -> None:
        """Check mode: everything is shown, nothing is changed, no password is shown."""
        self._screen.begin("The plan")
        run = self._play("--check", "--diff")
        diffs = run.diffs()
        for diff in diffs[:SHOWN_TENANTS]:
            self._screen.excerpt(diff)
        self._screen.say(
            f"... and {count_of(diffs[SHOWN_TENANTS:])} more namespaces like these. A password shows as a mark."
        )
        self._show_summary(run)
        claim(
            run.summary["created"] == len(self._namespaces),
            f"the plan is to create {run.summary['created']} namespaces",
        )
        shown = count_of(diffs)
        claim(shown == len(self._namespaces), f"--diff shows {shown} namespaces of {len(self._namespaces)}")
        found = self._inventory()
        claim(not (found.namespaces or found.secrets or found.links), "check mode has changed the cluster")
        self._screen.end("plan")

    def apply(self) -> None:
        """What was planned is there afterwards."""
        self._screen.begin("Apply it")
        run = self._play()
        self._show_summary(run)
        claim(run.summary["created"] == len(self._namespaces), f"{run.summary['created']} namespaces were created")
        self._all_there()
        self._screen.end("apply")

    def apply_again(self) -> None:
        """A second run changes nothing."""
        self._screen.begin("Apply it again")
        before = self._inventory()
        run = self._play()
        self._show_summary(run)
        claim(not run.changed, f"the second run changed {run.summary}")
        claim(self._inventory() == before, "something was written in the second run")
        self._screen.end("apply again: nothing to do")

    def rotate(self) -> None:
        """A new password for one tenant reaches its Secrets, and nothing else is touched."""
        tenant = self._tenants[41]
        self._screen.begin(f"{tenant.name} gets a new password")
        before = self._inventory().secrets
        registry = self._vault.rotate(tenant)
        run = self._play("--diff")
        for diff in run.diffs():
            self._screen.excerpt(diff)
        self._show_summary(run)
        after = self._inventory().secrets
        touched = {namespace for namespace, version in after.items() if before[namespace] != version}
        claim(run.tenants == {tenant.name}, f"the run touched {sorted(run.tenants)}")
        claim(touched == set(tenant.namespaces), f"Secrets were written in {sorted(touched)}")
        wanted = self._vault.password(tenant, registry)
        for namespace in tenant.namespaces:
            is_new = password_in(self._cluster.client, namespace, registry) == wanted
            claim(is_new, f"namespace {namespace}: the old password is still in the Secret")
        self._screen.say(
            f"{len(touched)} Secrets of {len(after)} were written, in place; the others kept their version."
        )
        self._screen.end("rotate one password")

    def repair(self) -> None:
        """A colleague overwrites a list by hand; the same playbook brings the entry back and keeps the colleague's."""
        tenant = self._tenants[77]
        namespace = tenant.namespaces[0]
        self._screen.begin(f"A colleague breaks {namespace}, and the same playbook repairs it")
        self._break(namespace)
        broken = links_of(read_account(self._cluster.client, namespace))
        claim(broken == ["my-own"], f"after the patch the ServiceAccount lists {broken}")
        self._screen.say(f"The patch replaced the list: Pods in {namespace} no longer pull with {SECRET}.")
        image = f"{tenant.registries[0][0]}/app:1.0"
        self._ask(namespace, image, "anonymous")
        run = self._play("--diff")
        for diff in run.diffs():
            self._screen.excerpt(diff)
        self._show_summary(run)
        repaired = links_of(read_account(self._cluster.client, namespace))
        claim(repaired == ["my-own", SECRET], f"after the repair the ServiceAccount lists {repaired}")
        claim(run.tenants == {tenant.name}, f"the run touched {sorted(run.tenants)}")
        self._screen.say("It is linked again, and the colleague's entry is still there.")
        self._ask(namespace, image, "credentials")
        self._screen.end("repair what was broken by hand")

    def sum_up(self) -> None:
        """What exists, and how long it took."""
        self._screen.begin("What exists now, as the API server counts it")
        found = self._all_there()
        self._screen.table(
            [
                ("tenants", str(len(self._tenants))),
                ("namespaces", str(len(found.namespaces))),
                ("pull Secrets", str(len(found.secrets))),
                ("linked ServiceAccounts", str(len(found.links))),
            ]
        )
        self._screen.say("")
        self._screen.table([(title, f"{seconds:.1f} s") for title, seconds in self._screen.durations])

    def _play(self, *arguments: str) -> Run:
        self._screen.command(shlex.join(command_line(*ARGUMENTS, *arguments)))
        run = self._desk.play(*ARGUMENTS, *arguments)
        self._tells_no_secret(run)
        return run

    def _ask(self, namespace: str, image: str, expected: str) -> None:
        """What a kubelet would do for a Pod that is not there yet."""
        question = ("explain_image_pulls", "-e", f"regcred_namespaces={namespace}", "-e", f"regcred_images={image}")
        self._screen.command(shlex.join(command_line(*question)))
        run = self._desk.play(*question)
        self._tells_no_secret(run)
        (pull,) = run.result["pulls"]
        claim(pull["verdict"] == expected, f"the verdict on {image} is {pull['verdict']}")
        tried = [
            f"{each['registry']} as {each['username']}, of Secret {each['secret']}" for each in pull["credentials"]
        ]
        found = [f"{each['severity']}: {each['message']}" for each in run.result["findings"]]
        self._screen.excerpt("\n".join([f"verdict: {expected}", *(f"  tries {each}" for each in tried), *found]))

    def _show_summary(self, run: Run) -> None:
        counts = ", ".join(f"{count} {action}" for action, count in run.summary.items() if count)
        self._screen.say(f"Namespaces: {counts}. The playbook took {run.seconds:.1f} s.")

    def _tells_no_secret(self, run: Run) -> None:
        """No password that ever was, in no form, is in anything that Ansible printed or returned."""
        for password in self._vault.passwords():
            encoded = base64.b64encode(password.encode()).decode()
            claim(password not in run.text, "a password is in the playbook's output")
            claim(encoded not in run.text, "a password is in the playbook's output, as base64")
        for tenant in self._tenants:
            for registry, username in tenant.registries:
                pair = f"{username}:{self._vault.password(tenant, registry)}"
                auth = base64.b64encode(pair.encode()).decode()
                claim(auth not in run.text, "an auth is in the playbook's output")

    def _inventory(self) -> Inventory:
        return take_inventory(self._cluster.client)

    def _all_there(self) -> Inventory:
        found = self._inventory()
        claim(found.namespaces == self._namespaces, f"{len(found.namespaces)} namespaces are there")
        claim(set(found.secrets) == self._namespaces, f"{len(found.secrets)} pull Secrets are there")
        claim(len(found.links) == self._accounts, f"{len(found.links)} of {self._accounts} ServiceAccounts are linked")
        return found

    def _break(self, namespace: str) -> None:
        patch = json.dumps({"imagePullSecrets": [{"name": "my-own"}]})
        command = ["kubectl", "--namespace", namespace, "patch", "serviceaccount", "default", "--patch", patch]
        self._screen.command(shlex.join(command))
        done = subprocess.run(
            [self._cluster.kubectl, *command[1:]],
            env=self._cluster.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise DemoError(f"kubectl patch ended with {done.returncode}: {done.stderr.strip()}")
        self._screen.excerpt(done.stdout)


def first_tenant() -> Tenant:
    """For who wants to look at one."""
    return tenants()[0]
