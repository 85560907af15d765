"""A round: namespaces with things of other people in them, and declarations that are made under faults, one after the other."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import typing as t
from dataclasses import dataclass, field

from tests.cluster.deadlines import wait_for
from tests.reliability.declarations import (
    SECRET,
    USER,
    Declaration,
    all_of,
    holds_no_secret,
    holds_secret,
    is_gone,
    linked,
    ours,
    registry,
)
from tests.reliability.fault_proxy import AtRandom, Rule
from tests.reliability.faults import SHARES, all_faults
from tests.reliability.foreign import PREFIX, Fact, Facts, NamespaceState, observe
from tests.reliability.judge import all_forms, leaks, untrue_rows
from tests.reliability.other_writers import THEIR_PASSWORD, OtherWriter

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster
    from tests.e2e.module_runs import ModuleRun, Modules
    from tests.reliability.fault_proxy import Chooser, Proxy
    from tests.reliability.killed_server import KilledServer
    from tests.reliability.ledger import Ledger

NAMESPACES: t.Final = 3
HOSTS: t.Final = ("one.example.com", "two.example.com/team")
NASTY: t.Final = "ä\"\\'<&>: %+\u00a0ß"
LONGEST_LINE: t.Final = 600
OF_SECRET: t.Final = f"secrets/{SECRET}"
RUNS_UNDER_FAULTS: t.Final = 2
SHARE_OF_KILLS: t.Final = 0.1
SHARE_OF_CHECKS: t.Final = 0.3
States: t.TypeAlias = t.Mapping[str, NamespaceState]


@dataclass(frozen=True)
class Box:
    """
    What all rounds share.

    Attributes:
        proxy: Before the API server of ``cluster``.
        modules: Run with `connection`.
        token: The bearer token by which modules come.
        killed: Kills the server; ``None`` where it is not ours.
        ledger: Takes the counts.
    """

    cluster: Cluster
    proxy: Proxy
    modules: Modules
    token: str = field(repr=False)
    killed: KilledServer | None
    ledger: Ledger

    def run(self, module: str, args: t.Mapping[str, t.Any], *, check: bool = False) -> ModuleRun:
        """One run of a module by way of the proxy."""
        self.ledger.count("runs")
        connection = {"host": self.proxy.url, "api_key": self.token}
        try:
            return self.modules.run_module(module, {**connection, **args}, check=check)
        finally:
            if self.killed:
                self.killed.wait()
            self.ledger.count("requests", len(self.proxy.exchanges))
            self.ledger.count_faults(self.proxy.injected)
            self.proxy.script()
            self.proxy.forget()

    def look(self, names: t.Iterable[str]) -> States:
        """What is in these namespaces now, by a client that shares no code with the modules and does not use the proxy."""
        states = observe(self.cluster.client, names)
        self.ledger.count("objects checked", sum(state.objects for state in states.values()))
        return states


class Round:
    """One round; `play` gives all that was lost, leaked or untrue."""

    def __init__(self, box: Box, seed: int) -> None:
        self.box, self.seed = box, seed
        self._dice = random.Random(seed)
        self.names = tuple(
            box.cluster.make_namespace("faults", labels={f"{PREFIX}-label": "theirs"}) for _unused in range(NAMESPACES)
        )
        self.new = tuple(f"{name}-new" for name in self.names)
        self.secrets = [box.token, THEIR_PASSWORD]
        self.facts = Facts()
        self._populate()
        self._writer = OtherWriter(box.cluster.client, self.facts, self.names, seed, SECRET)

    def password(self) -> str:
        """A new one, with all that makes trouble, which is in no output from now on."""
        password = f"{self._dice.randrange(16**12):012x}{NASTY}{self._dice.randrange(16**6):06x}"
        self.secrets += [password, f"{USER}:{password}"]
        return password

    def _populate(self) -> None:
        client = self.box.cluster.client
        for number, name in enumerate(self.names):
            self.facts.add(Fact(name, f"namespaces/{name}", "label", f"{PREFIX}-label", "theirs"))
            links = [{"name": f"{PREFIX}-first"}, {"name": f"{PREFIX}-second"}]
            client.patch(
                f"/api/v1/namespaces/{name}/serviceaccounts/default",
                {"imagePullSecrets": links, "metadata": {"annotations": {f"{PREFIX}-note": "theirs"}}},
            )
            account = "serviceaccounts/default"
            self.facts.add(*(Fact(name, account, "link", link["name"]) for link in links))
            self.facts.add(Fact(name, account, "annotation", f"{PREFIX}-note", "theirs"))
            mine = self._write_secret(name, f"{PREFIX}-secret")
            self.facts.add(Fact(name, f"secrets/{PREFIX}-secret", "secret", f"{PREFIX}-secret", mine))
            if number == 0:
                self._write_secret(name, SECRET)
                self.facts.add(Fact(name, OF_SECRET, "registry", f"{PREFIX}.example.com", self.secrets[-2]))
                self.facts.add(Fact(name, OF_SECRET, "label", f"{PREFIX}-label", "theirs"))
                self.facts.add(Fact(name, OF_SECRET, "annotation", f"{PREFIX}-note", "theirs"))

    def _write_secret(self, namespace: str, name: str) -> str:
        password = self.password()
        auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
        config = json.dumps({"auths": {f"{PREFIX}.example.com": {"auth": auth}}})
        metadata = {
            "name": name,
            "namespace": namespace,
            "labels": {f"{PREFIX}-label": "theirs"},
            "annotations": {f"{PREFIX}-note": "theirs"},
        }
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/dockerconfigjson"}
        data = {".dockerconfigjson": base64.b64encode(config.encode()).decode()}
        return str(self.box.cluster.client.create({**secret, "data": data})["metadata"]["resourceVersion"])

    def declarations(self) -> t.Iterator[Declaration]:
        """The life of a credential: written, merged, rotated, linked, changed in kind, taken away; and that of tenants."""
        yield from self._secrets()
        yield from self._tenants()

    def _secrets(self) -> t.Iterator[Declaration]:
        first, second = self.password(), self.password()
        yield self._secret("create", {HOSTS[0]: first})
        yield self._secret("merge", {HOSTS[1]: second})
        third = self.password()
        yield self._secret("rotate", {HOSTS[0]: third})
        yield self._link("link")
        yield self._secret("change the type", {HOSTS[0]: third}, kind="dockercfg")
        fourth = self.password()
        yield self._secret("make immutable", {HOSTS[0]: fourth}, kind="dockercfg", immutable=True)
        fifth = self.password()
        yield self._secret("rotate an immutable one", {HOSTS[0]: fifth}, kind="dockercfg", immutable=True)
        yield self._secret("change the type back", {HOSTS[0]: fifth}, immutable=False)
        yield self._link("unlink", stays=False)
        args = {"name": SECRET, "namespaces": list(self.names), "state": "absent"}
        yield Declaration("remove", "pull_secret", args, self.names, holds_no_secret, removes=self.names)

    def _secret(
        self,
        title: str,
        passwords: t.Mapping[str, str],
        *,
        kind: str = "dockerconfigjson",
        immutable: bool = False,
    ) -> Declaration:
        args = {
            "name": SECRET,
            "namespaces": list(self.names),
            "registries": [registry(host, password) for host, password in passwords.items()],
            "purge_registries": False,
            "on_conflict": "adopt",
            "type": kind,
            "immutable": immutable,
        }
        wanted = holds_secret(passwords, kind=kind, immutable=immutable)
        return Declaration(title, "pull_secret", args, self.names, wanted, sets=passwords)

    def _link(self, title: str, *, stays: bool = True) -> Declaration:
        args = {"secrets": [SECRET], "namespaces": list(self.names), "state": "present" if stays else "absent"}
        return Declaration(title, "service_account_link", args, self.names, linked(stays=stays))

    def _tenants(self) -> t.Iterator[Declaration]:
        mine = "tenant-cred"
        places = (self.names[0], *self.new)
        tenants = [
            {"name": f"shop-{self.names[0]}", "namespaces": list(places[:2])},
            {"name": f"blog-{self.names[0]}", "namespaces": list(places[2:])},
        ]
        there, gone = linked(mine), linked(mine, stays=False)
        for title in ("onboard", "rotate for tenants"):
            password = self.password()
            args = {"tenants": tenants, "secret_name": mine, "registries": [registry(HOSTS[0], password)]}
            wanted = all_of(holds_secret({HOSTS[0]: password}, name=mine), there)
            yield Declaration(title, "tenant", args, places, wanted)
        args = {"tenants": tenants, "secret_name": mine, "state": "absent"}
        removed = all_of(lambda state: holds_no_secret(state, mine), gone)
        yield Declaration("offboard", "tenant", args, places, removed)

        def wanted_gone(state: NamespaceState) -> t.Sequence[str]:
            return is_gone(state) if state.name in self.new else removed(state)

        yield Declaration(
            "remove namespaces", "tenant", {**args, "remove_namespaces": True}, places, wanted_gone, leaves=True
        )

    def play(self) -> list[str]:
        """Make each declaration under faults, then without, then once more."""
        findings: list[str] = []
        for step, declaration in enumerate(self.declarations()):
            self.facts.forget(OF_SECRET, declaration.removes)
            self.facts.forget(OF_SECRET, declaration.namespaces, keys=declaration.sets)
            self._writer.writes_secrets = not declaration.removes
            if self._dice.random() < SHARE_OF_CHECKS:
                findings += self._predict(declaration, step)
            for attempt in range(RUNS_UNDER_FAULTS):
                findings += self._suffer(declaration, step * RUNS_UNDER_FAULTS + attempt)
            findings += self._converge(declaration)
            for name in declaration.namespaces:
                written = declaration.sets.items()
                self.facts.add(*(Fact(name, OF_SECRET, "registry", host, password) for host, password in written))
        self.box.ledger.count("writes of others", self._writer.writes)
        self.box.ledger.count("things of others checked", len(self.facts))
        assert self._writer.errors == []
        assert self._writer.writes, "nobody else wrote anything"
        return findings

    def _choosers(self, declaration: Declaration, step: int) -> list[Chooser]:
        seed = self.seed * 1000 + step
        choosers: list[Chooser] = [AtRandom(seed, self._dice.choice(SHARES), all_faults(self._dice))]
        if self.box.killed and self._dice.random() < SHARE_OF_KILLS:
            fault = self._dice.choice([self.box.killed.before(), self.box.killed.after()])
            at = self._dice.randrange(len(declaration.namespaces))
            choosers.insert(0, Rule(fault, "POST|PUT|PATCH|DELETE", skip=at))
        return choosers

    def _predict(self, declaration: Declaration, step: int) -> list[str]:
        """Check mode, which changes nothing, whatever the network does."""
        before = self.box.look(declaration.namespaces)
        self.box.proxy.script(*self._choosers(declaration, -step))
        run, findings = self._run(declaration, check=True)
        after = self.box.look(declaration.namespaces)
        changed = [name for name in declaration.namespaces if ours(before[name]) != ours(after[name])]
        findings += self.box.ledger.find(
            "untrue", [f"{declaration.title}: check mode changed namespace {name}: {run}" for name in changed]
        )
        return findings

    def _suffer(self, declaration: Declaration, step: int) -> list[str]:
        before = self.box.look(declaration.namespaces)
        self.box.proxy.script(*self._choosers(declaration, step))
        with self._writer.at_work():
            run, findings = self._run(declaration)
        after = self.box.look({*declaration.namespaces, *self.names})
        if run is not None:
            self.box.ledger.count("rows checked", len(declaration.namespaces))
            findings += self._find(
                "untrue", f"{declaration.title}, with faults", untrue_rows(declaration, run, before, after)
            )
        return findings + self._find("lost", f"{declaration.title}, with faults", self.facts.lost(after, anywhere=True))

    def _converge(self, declaration: Declaration) -> list[str]:
        findings: list[str] = []
        for title in ("without faults", "again"):
            before = self.box.look(declaration.namespaces)
            run, found = self._run(declaration)
            findings += found
            if declaration.leaves:
                self._wait_until_left(declaration)
            after = self.box.look({*declaration.namespaces, *self.names})
            where = f"{declaration.title}, {title}"
            findings += self._find("lost", where, self.facts.lost(after))
            if run is None:
                continue
            self.box.ledger.count("rows checked", len(declaration.namespaces))
            findings += self._find("untrue", where, untrue_rows(declaration, run, before, after))
            if run.failed or (title == "again" and run.changed):
                findings += self._find("untrue", where, [f"failed is {run.failed}, changed is {run.changed}: {run}"])
        return findings

    def _wait_until_left(self, declaration: Declaration) -> None:
        client = self.box.cluster.client

        def have_left() -> bool:
            states = observe(client, declaration.namespaces).values()
            return not any(state.namespace and is_gone(state) == [] for state in states)

        wait_for(have_left, "a namespace that is on its way out is still there")

    def _run(self, declaration: Declaration, *, check: bool = False) -> tuple[ModuleRun | None, list[str]]:
        try:
            run = self.box.run(declaration.module, declaration.args, check=check)
        except (ValueError, TimeoutError) as error:
            return None, self._find("untrue", declaration.title, [f"there is no report: {error}"])
        return run, self._find("leaked", declaration.title, leaks(run, all_forms(self.secrets)))

    def _find(self, kind: t.Literal["lost", "leaked", "untrue"], where: str, findings: t.Sequence[str]) -> list[str]:
        """Count findings, and say in which round and step each was."""
        lines = self.box.ledger.find(kind, findings)
        return [f"seed {self.seed}: {where}: {line}"[:LONGEST_LINE] for line in lines]

    def clean_up(self) -> None:
        """Remove its namespaces."""
        for name in (*self.names, *self.new):
            with contextlib.suppress(Exception):
                self.box.cluster.client.delete(f"/api/v1/namespaces/{name}")
