"""Modules through ``main()``, against a server in memory behind real HTTP."""

from __future__ import annotations

import contextlib
import io
import json
import typing as t
from dataclasses import dataclass
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from ansible.module_utils import basic
from ansible.module_utils.common import warnings as ansible_warnings

from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.errors import ApiError
from ansible_collections.regcred.kubernetes.plugins.module_utils._kube.transport import Request
from ansible_collections.regcred.kubernetes.plugins.module_utils._operations.check_permissions import REVIEWS
from tests.unit.loopback import Answer, Loopback, Received, serve
from tests.unit.worlds import FakeWorld

try:
    from ansible.module_utils import _internal as internal
except ImportError:  # ansible-core before 2.19
    internal = None  # type: ignore[assignment]  # the name stands for a missing module

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core before 2.19

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, t.Any] | None = None) -> t.Iterator[None]:
        """Stand-in with the same effect."""
        given = json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", given):
            yield


@dataclass(frozen=True)
class Run:
    """All of a module's output, and the result in it."""

    output: str
    result: t.Mapping[str, t.Any]

    @property
    def message(self) -> str:
        """Why it failed."""
        return str(self.result.get("msg", ""))

    @property
    def reported(self) -> list[tuple[str, str]]:
        """Namespace and action of all that is not unchanged."""
        return [(row["namespace"], row["action"]) for row in self.result.get("namespaces", ())]

    @property
    def warnings(self) -> list[str]:
        """What it warned of; texts before ansible-core 2.19, structures after."""
        found = self.result.get("warnings", ())
        return [each if isinstance(each, str) else each["event"]["msg"] for each in found]


def run_module(
    main: t.Callable[[], None], options: t.Mapping[str, t.Any], *, check_mode: bool = False, diff: bool = False
) -> Run:
    """Run a module's ``main`` with these options."""
    args = {**options, "_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_remote_tmp": "/tmp"}  # noqa: S108  # nothing is written there
    ansible_warnings._global_warnings.clear()  # noqa: SLF001  # a real module has a process of its own
    output = io.StringIO()
    with patch_module_args(args), _no_controller(), contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        main()
    result = json.loads(output.getvalue())
    result.pop("_ansible_new_secrets", None)
    return Run(json.dumps(result, ensure_ascii=False), result)


def _no_controller() -> t.ContextManager[t.Any]:
    """Since ansible-core 2.19, a process that has imported a controller's plugin shows warnings and returns none."""
    if hasattr(internal, "is_controller"):
        return mock.patch.object(internal, "is_controller", new=False)
    return contextlib.nullcontext()


@dataclass
class Cluster:
    """A server in memory behind real HTTP."""

    world: FakeWorld
    loopback: Loopback

    def run(
        self,
        main: t.Callable[[], None],
        options: t.Mapping[str, t.Any],
        *,
        check_mode: bool = False,
        diff: bool = False,
    ) -> Run:
        """Run a module on it."""
        return run_module(main, {"host": self.loopback.url, **options}, check_mode=check_mode, diff=diff)

    @property
    def writes(self) -> list[str]:
        """What was asked for and was no reading, nor a question for rights."""
        return [
            request
            for request in self.loopback.requests
            if not request.startswith("GET ") and not request.endswith(REVIEWS)
        ]


@contextlib.contextmanager
def cluster_in_memory(namespaces: int = 2) -> t.Iterator[Cluster]:
    """A cluster with namespaces ``name-1``, ``name-2`` and so on, each with its default ServiceAccount."""
    world = FakeWorld()
    for _unused in range(namespaces):
        world.make_namespace()

    def answer(received: Received) -> Answer:
        url = urlsplit(received.path)
        request = Request(
            received.method,
            url.path,
            query=tuple(parse_qsl(url.query)),
            body=received.body,
            content_type=received.headers.get("Content-Type", ""),
            accept=received.headers["Accept"],
        )
        try:
            return Answer(200, world.transport.send(request))
        except ApiError as error:
            return Answer(error.status, {"kind": "Status", "reason": error.reason, "message": error.message})

    with serve(answer=answer) as loopback:
        yield Cluster(world, loopback)
