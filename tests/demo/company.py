"""The tenants of an imaginary company as their definition file has them, and passwords for their registries."""

from __future__ import annotations

import json
import secrets
import typing as t
from dataclasses import dataclass, field

from tests.cluster.private_file import write_private

if t.TYPE_CHECKING:
    from pathlib import Path

DEPARTMENTS: t.Final = (
    ("checkout", "4711"),
    ("search", "4720"),
    ("catalog", "4733"),
    ("logistics", "5102"),
    ("payments", "5230"),
    ("loyalty", "5241"),
    ("insights", "6100"),
    ("fraud", "6125"),
    ("support", "7004"),
    ("mobile", "7310"),
)
SERVICES: t.Final = (
    "api",
    "web",
    "worker",
    "gateway",
    "importer",
    "exporter",
    "scheduler",
    "reports",
    "events",
    "cache",
    "admin",
    "mailer",
    "pricing",
    "inventory",
    "sessions",
    "webhooks",
    "forecast",
    "ledger",
    "labels",
    "sandbox",
)
STAGES: t.Final = ("prod", "dev", "test")
PASSWORDS: t.Final = "passwords"
"""The variable that holds them: a password a tenant and registry."""


@dataclass(frozen=True)
class Tenant:
    """
    One tenant.

    Attributes:
        name: For example ``checkout-api``.
        department: Who pays, and whose address is in the annotations.
        cost_center: For example ``4711``.
        namespaces: For example ``("checkout-api-prod", "checkout-api-dev")``.
        registries: Registry and user name.
        service_accounts: Those that pull.
    """

    name: str
    department: str
    cost_center: str
    namespaces: tuple[str, ...]
    registries: tuple[tuple[str, str], ...]
    service_accounts: tuple[str, ...]

    def text(self) -> str:
        """Its item in the definition file."""
        lines = [
            f"  - name: {self.name}",
            f"    namespaces: [{', '.join(self.namespaces)}]",
            f'    labels: {{department: {self.department}, cost-center: "{self.cost_center}"}}',
            f"    annotations: {{contact: {self.department}@example.com}}",
        ]
        if self.service_accounts != ("default",):
            lines.append(f"    service_accounts: [{', '.join(self.service_accounts)}]")
        lines.append("    registries:")
        for registry, username in self.registries:
            lines += [
                f"      - registry: {registry}",
                f"        username: {username}",
                f"        password: \"{{{{ {PASSWORDS}['{self.name}']['{registry}'] }}}}\"",
            ]
        return "\n".join(lines) + "\n"


def tenants() -> list[Tenant]:
    """All of them, the same each time: every department with every service."""
    everyone = enumerate((department, center, service) for service in SERVICES for department, center in DEPARTMENTS)
    return [_tenant(number, *one) for number, one in everyone]


def _tenant(number: int, department: str, cost_center: str, service: str) -> Tenant:
    name = f"{department}-{service}"
    registries = [(f"registry.example.com/{department}/{service}", f"robot-{name}")]
    if number % 3 == 0:
        registries.append(("docker.io", f"example{department}"))
    if number % 5 == 0:
        registries.append((f"quay.io/example-{department}", f"example-{department}+puller"))
    if number % 7 == 0:
        registries.append(("registry.example.com:5000", f"mirror-{name}"))
    return Tenant(
        name=name,
        department=department,
        cost_center=cost_center,
        namespaces=tuple(f"{name}-{stage}" for stage in STAGES[: number % 3 + 1]),
        registries=tuple(registries),
        service_accounts=("default", "builder") if number % 4 == 0 else ("default",),
    )


def definition(everyone: t.Iterable[Tenant]) -> str:
    """The definition file: variables for the playbook onboard_tenants."""
    intro = (
        "---",
        "# All tenants of the company. Passwords are in a file of their own, which ansible-vault keeps in real life.",
        "tenant_tenants:",
    )
    return "\n".join(intro) + "\n" + "".join(tenant.text() for tenant in everyone)


@dataclass
class Vault:
    """
    Passwords, made afresh for each demo; they are in a private file for as long as it lasts, and never on a command line.

    Attributes:
        path: The file.
    """

    path: Path
    _known: set[str] = field(default_factory=set, repr=False)
    _passwords: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def fill(self, everyone: t.Iterable[Tenant]) -> None:
        """Make a password for each registry of each tenant."""
        for tenant in everyone:
            for registry, _username in tenant.registries:
                self._change(tenant.name, registry)
        self._write()

    def rotate(self, tenant: Tenant) -> str:
        """A new password for the tenant's first registry; returns which that is."""
        registry, _username = tenant.registries[0]
        self._change(tenant.name, registry)
        self._write()
        return registry

    def remove(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)

    def passwords(self) -> t.Iterator[str]:
        """All that ever were, to look for in what was printed."""
        return iter(self._known)

    def password(self, tenant: Tenant, registry: str) -> str:
        """The one that is valid now."""
        return self._passwords[tenant.name][registry]

    def _change(self, tenant: str, registry: str) -> None:
        password = secrets.token_urlsafe(18)
        self._known.add(password)
        self._passwords.setdefault(tenant, {})[registry] = password

    def _write(self) -> None:
        # JSON is YAML, too.
        write_private(self.path, json.dumps({PASSWORDS: self._passwords}, indent=2).encode())
