"""The real API server, killed in the middle of a run and started again while the run goes on."""

from __future__ import annotations

import contextlib
import threading
import typing as t

from tests.cluster.deadlines import wait_for
from tests.cluster.errors import ApiError, Unreachable
from tests.reliability.fault_proxy import Fault, Request

if t.TYPE_CHECKING:
    from tests.cluster.cluster import Cluster


class KilledServer:
    """Kills the API server of a cluster of ours, once for each time that it is armed; the store lives on."""

    def __init__(self, cluster: Cluster) -> None:
        self._client = cluster.client
        self._server = next(component for component in cluster.components if component.name == "kube-apiserver")
        self._lock = threading.Lock()
        self._starting: threading.Thread | None = None
        self.kills = 0

    def before(self) -> Fault:
        """It is killed before it has the request."""
        return Fault("API server killed before", before=self._kill)

    def after(self) -> Fault:
        """It is killed when it has done the request, and nobody hears of that."""
        return Fault("API server killed after", after=self._kill, share=0)

    def _kill(self, _request: Request) -> None:
        with self._lock:
            if self._starting is not None:
                return
            self._server.kill()
            self.kills += 1
            self._starting = threading.Thread(target=self._start)
            self._starting.start()

    def _start(self) -> None:
        self._server.start_again()
        wait_for(self._is_ready, "the API server is not ready again")

    def _is_ready(self) -> bool:
        with contextlib.suppress(ApiError, Unreachable):
            return bool(self._client.get("/readyz"))
        return False

    def wait(self) -> None:
        """Return when it is ready again, if it was killed."""
        with self._lock:
            starting, self._starting = self._starting, None
        if starting is not None:
            starting.join()
            wait_for(self._is_ready, "the API server is not ready again")
