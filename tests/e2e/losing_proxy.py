"""A proxy before an API server that loses the answers to some writes, or keeps requests to itself."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import re
import ssl
import threading
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

HANGS_AFTER_SECONDS: t.Final = 300
BALANCER: t.Final = b"<html><h1>504 Gateway Time-out</h1></html>"


@dataclass
class LosingProxy:
    """
    A proxy that runs.

    Attributes:
        url: Its own.
        lose: Method and path of requests whose first answer is lost.
        by: How: ``cut`` ends the connection, ``504`` is a balancer's page.
        hold: Method and path of a request that the server never gets, once ``after`` such have passed.
        held: Set when such a one has come.
        lost: What was lost so far.
    """

    url: str = ""
    lose: str = ""
    by: t.Literal["cut", "504"] = "cut"
    hold: str = ""
    after: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    lost: list[str] = field(default_factory=list)

    def passes_no_more(self) -> bool:
        """Count a request that is to be held."""
        self.after -= 1
        return self.after < 0


@contextlib.contextmanager
def losing_proxy(server: str) -> t.Iterator[LosingProxy]:
    """A proxy for the time of a ``with``; clients bring their own tokens."""
    proxy = LosingProxy()
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(proxy, server))
    listening.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ended.set()
        listening.shutdown()
        listening.server_close()
        thread.join(HANGS_AFTER_SECONDS)


def _handler(proxy: LosingProxy, server: str) -> type[http.server.BaseHTTPRequestHandler]:
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # on the loopback

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            title = f"{self.command} {self.path}"
            if proxy.hold and re.fullmatch(proxy.hold, title) and proxy.passes_no_more():
                proxy.held.set()
                proxy.ended.wait(HANGS_AFTER_SECONDS)
                self.close_connection = True
                return
            status, kind, answer = self._asked(body)
            if proxy.lose and re.fullmatch(proxy.lose, title) and title not in proxy.lost:
                proxy.lost.append(title)
                if proxy.by == "cut":
                    self.close_connection = True
                    return
                status, kind, answer = 504, "text/html", BALANCER
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _asked(self, body: bytes) -> tuple[int, str, bytes]:
            port = urlsplit(server)
            upstream = http.client.HTTPSConnection(
                port.hostname or "", port.port, context=trust, timeout=HANGS_AFTER_SECONDS
            )
            with contextlib.closing(upstream):
                names = ("Authorization", "Accept", "Content-Type")
                headers = {name: self.headers[name] for name in names if name in self.headers}
                upstream.request(self.command, self.path, body or None, headers)
                answer = upstream.getresponse()
                return answer.status, answer.headers.get("Content-Type", ""), answer.read()

        do_GET = do_POST = do_PATCH = do_DELETE = forward  # noqa: N815  # http.server looks for these names

        def log_message(self, *_arguments: t.Any) -> None:
            """Tests say themselves what came."""

    return Handler
