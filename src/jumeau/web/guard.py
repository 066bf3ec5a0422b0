"""What stands before every request: its size, the host it asks for, and the headers of every answer."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jumeau.texts import t
from jumeau.web.failures import failed, unexpected

MAX_BODY = 1_048_576
MAX_FILE = 32_000_000
MAX_ADDRESS = 8_192
_FILES = ("/pieces", "/lecture", "/retours", "/retours/choix", "/courbes", "/dpe")
"""How the addresses that take a whole file end."""
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; child-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class TooLargeError(Exception):
    """A body that is larger than it said, or said nothing."""


class Guard:
    """ASGI middleware. hosts: names the page may be asked under, against DNS rebinding; other sites may not write."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = LOCAL_HOSTS) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal:
            await failed(t(refusal[0]), refusal[1])(scope, receive, guarded)
            return
        await self._limited(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> tuple[str, int] | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self.hosts:
            return "web.hote_refuse", 421
        origin = headers.get("origin")
        if scope["method"] not in ("GET", "HEAD") and origin is not None and origin.partition("://")[2] != host:
            return "web.origine_refusee", 403
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS:
            return "web.adresse_longue", 414
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit(scope):
            return _too_large(scope), 413
        return None

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken, started, most = 0, False, limit(scope)

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise TooLargeError
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except TooLargeError:
            if not started:
                await failed(t(_too_large(scope)), 413)(scope, receive, send)
        except Exception as error:
            response = unexpected(scope["method"], scope["path"], error)
            if not started:
                await response(scope, receive, send)


def limit(scope: Scope) -> int:
    """The most bytes a request may bring: a file where one is expected, else a small body."""
    return MAX_FILE if scope["method"] == "POST" and scope["path"].endswith(_FILES) else MAX_BODY


def _too_large(scope: Scope) -> str:
    return "web.corps_trop_grand" if limit(scope) == MAX_BODY else "web.fichier_trop_grand"
