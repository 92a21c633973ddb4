"""The SDK as an authenticated byte pipe.

``ChatCompletionsClient.send_request`` runs azchat's requests through the SDK's policies; the
bytes come from azchat's own connection, and nothing in the SDK decodes them.
"""

import json
import logging
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, cast

from azure.ai.inference import ChatCompletionsClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest
from azure.core.utils import case_insensitive_dict

from azchat import __version__
from azchat.azure.credential import auth_policy, choose_auth
from azchat.azure.endpoint import Endpoint, KeyHeader
from azchat.azure.failures import explain
from azchat.azure.pasted import OPERATIONS
from azchat.azure.sign_in import Keeping, SignIn
from azchat.dialects.asked import Request
from azchat.errors import AzchatError
from azchat.net.connection import Body, Connection
from azchat.parameters import Auth
from azchat.redaction import MASK, Secret
from azchat.wire.status import Destination
from azchat.wire.surrogates import mend

API_MANAGEMENT_HEADER: KeyHeader = "Ocp-Apim-Subscription-Key"
_SIGNING = (
    "api-key",
    "x-api-key",
    "authorization",
    "proxy-authorization",
    API_MANAGEMENT_HEADER.lower(),
)
_LONGEST_LINE = 1 << 20  # bytes of a line that is traced whole


def headers_for(endpoint: Endpoint, request: Request) -> dict[str, str]:
    """Return the headers of a request, without those that sign it."""
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.body.get("stream") else "application/json",
    }
    if endpoint.takes_extra_parameters_header and request.has_extras:
        headers["extra-parameters"] = endpoint.extra_parameters or "pass-through"
    return headers | dict(request.headers)


class AzureTransport:
    """Sends requests to ``endpoint``; keeps the connection from one turn to the next.

    ``timeout`` (seconds) bounds the time until a reply's head is there; ``trace`` is told
    each step, without secrets; with ``trace_content`` also what is asked and answered.
    ``keeping`` is where tokens and what they taught outlive the transport.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        connection: Connection,
        *,
        auth: Auth,
        key: Secret | None,
        tenant: str | None = None,
        key_origin: str = "",
        variables: Mapping[str, str],
        keeping: Keeping,
        timeout: float,
        trace: Callable[[str], None] | None = None,
        trace_content: bool = False,
    ) -> None:
        # Without a handler, Python would print what the SDK logs on stderr.
        logging.getLogger("azure").addHandler(logging.NullHandler())
        chosen = choose_auth(auth, endpoint, has_key=key is not None)
        unsigned = f"--header {', '.join(endpoint.headers)}" if endpoint.headers else "no key"
        signed_in_by = {"key": key_origin, "none": unsigned}.get(chosen, f"--auth {chosen}")
        self.destination = Destination(endpoint.host, signed_in_by)
        self._endpoint = endpoint
        self._connection = connection
        self._key = key if chosen == "key" else None
        self._keeping = keeping
        self._challenge = ""
        self._has_renamed = self._is_claudes = False
        self._model = endpoint.model
        self._sign_in: SignIn | None = None
        if chosen not in ("key", "none"):
            assert endpoint.scope is not None
            self._sign_in = SignIn(
                chosen,
                endpoint.scope,
                tenant=tenant,
                variables=variables,
                keeping=keeping,
                tell=trace,
            )
        pipe = _PipeTransport(connection, timeout, endpoint.headers, trace, trace_content)

        def client(endpoint: Endpoint) -> ChatCompletionsClient:
            return ChatCompletionsClient(
                endpoint.base,
                cast("TokenCredential", _SignedByPolicy()),
                authentication_policy=auth_policy(chosen, endpoint, key, self._sign_in),
                user_agent_policy=UserAgentPolicy(f"azchat/{__version__}"),
                transport=pipe,
                retry_total=0,
                permit_redirects=False,
            )

        self._client_for = client
        self._client = client(endpoint)

    def send(self, request: Request, timeout: float = inf) -> "PipedReply":
        """Send the request and return the reply, whatever its status."""
        text = json.dumps(request.body, ensure_ascii=False, separators=(",", ":"))
        content = mend(text).encode() if request.body else None
        headers = headers_for(self._endpoint, request)
        self._is_claudes = request.operation == OPERATIONS["messages"]
        if self._key and self._is_claudes:
            headers |= dict.fromkeys(self._endpoint.key_headers, self._key.reveal())
        self._model = request.body.get("model") or self._endpoint.model
        to = request.method, self._endpoint.url(request.operation)
        return self._run(HttpRequest(*to, headers=headers, content=content), timeout)

    def get(self, operation: str) -> "PipedReply":
        """Return the reply to a GET of an operation such as ``/info``."""
        return self.get_url(self._endpoint.url(operation))

    def get_url(self, url: str, timeout: float = inf) -> "PipedReply":
        """Return the reply to a GET of ``url``, which must be on the endpoint's own host."""
        headers = {"accept": "application/json"}
        if self._endpoint.kind == "anthropic":
            from azchat.dialects.messages.request import HEADERS

            headers |= HEADERS
        return self._run(HttpRequest("GET", url, headers=headers), timeout)

    def mend(self, error: AzchatError) -> str | None:
        """Mend what a refusal shows; return what changed, None for nothing: the hint says more."""
        if error.cause in ("model", "no model", "role"):
            from azchat.azure.advice import name_models, name_role

            if error.cause != "role":
                name_models(error, self._endpoint, self._model, self.get_url)
            elif self._sign_in:
                name_role(error, self._endpoint, self._sign_in.claims)
            return None
        if error.cause == "tenant" and self._sign_in:
            said = f"{error.what} {self._challenge}"
            changed = self._sign_in.turn(said)
            self._client = self._client_for(self._endpoint)  # the policy keeps a token
            if not changed and (wanted := self._sign_in.tenant_in(said)):
                error.hint = error.hint.replace("TENANT", wanted)
            return changed
        if error.http_status != 401:
            return None
        if self._key and self._endpoint.key_header != API_MANAGEMENT_HEADER:
            said = error.what.lower()
            if "missing" in said and "subscription key" in said:
                self._rename(API_MANAGEMENT_HEADER)
                return f"the gateway missed its key; asked again with it as {API_MANAGEMENT_HEADER}"
            if self._is_claudes and self._endpoint.key_header != "Authorization":
                self._rename("Authorization")
                return "the key was refused; asked again with it as Bearer"
            return None
        if self._sign_in is None:
            return None
        return self._sign_in.mend(f"{error.what} {self._challenge}")

    def _rename(self, header: KeyHeader) -> None:
        """Send the key in another header from now on."""
        self._endpoint = self._endpoint._replace(key_header=header)
        self._client = self._client_for(self._endpoint)
        self._has_renamed = True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        if self._sign_in:
            self._sign_in.close()

    def _run(self, request: HttpRequest, timeout: float = inf) -> "PipedReply":
        options: dict[str, Any] = {"seconds": timeout}  # "timeout" is of the SDK's own retries
        if self._endpoint.is_loopback:
            # A token over plain http is refused by the SDK; to this machine it is safe.
            options["enforce_https"] = False
        try:
            reply = self._client.send_request(request, stream=True, **options)
        except AzureError as error:
            raise explain(error) from None
        self._challenge = reply.headers.get("www-authenticate", "")
        if 200 <= reply.status_code < 300:
            if self._sign_in:
                self._sign_in.succeeded()
            if self._has_renamed:
                self._keeping.remember(key_header=self._endpoint.key_header)
        return cast("PipedReply", reply)


class PipedReply:
    """One reply: what the SDK's policies look at, and the bytes for whoever decodes them."""

    reason = ""  # the SDK makes an error of a challenge that nobody could answer

    def __init__(
        self,
        status: int,
        headers: dict[str, str],
        body: Body,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self.status = self.status_code = status
        self.headers, self._body, self._trace = headers, body, trace
        self._line = b""  # not traced yet

    def read(self, timeout: float) -> bytes:
        """Return the bytes that came, as soon as any came; b"" at the end."""
        data = b""
        try:
            data = self._body.read(timeout)
        finally:
            if self._trace:
                self._tell(self._trace, data)
        return data

    def _tell(self, trace: Callable[[str], None], data: bytes) -> None:
        """Trace whole lines: a key that came in two pieces would not be known as one."""
        *lines, self._line = (self._line + data).split(b"\n")
        if not data or len(self._line) > _LONGEST_LINE:
            lines, self._line = [*lines, self._line], b""
        for line in filter(None, lines):
            trace(f"< {line.decode('utf-8', 'replace')!r}")

    def close(self) -> None:
        """Leave the connection to the next request, which finds out whether it can be kept."""


class _SignedByPolicy:
    """Stands where the SDK wants a credential: the authentication policy holds the real one."""


class _PipeTransport(HttpTransport[HttpRequest, Any]):
    """Lets the SDK's pipeline send over azchat's connection."""

    def __init__(
        self,
        connection: Connection,
        timeout: float,
        own: Mapping[str, Secret],
        trace: Callable[[str], None] | None,
        trace_content: bool,
    ) -> None:
        self._connection, self._timeout = connection, timeout
        self._own = {name.lower(): value for name, value in own.items()}
        self._trace, self._trace_content = trace, trace if trace_content else None

    def send(self, request: HttpRequest, *, seconds: float = inf, **kwargs: Any) -> PipedReply:
        del kwargs
        target = request.url.partition("://")[2].partition("/")[2]
        content = request.content or b""
        content = content.encode() if isinstance(content, str) else content
        headers = {n: v for n, v in request.headers.items() if n.lower() not in self._own}
        headers |= {name: value.reveal() for name, value in self._own.items()}
        self._tell(">", f"{request.method} {request.url}", headers)
        head = self._connection.request(
            request.method, f"/{target}", headers, content, min(self._timeout, seconds)
        )
        self._tell("<", f"HTTP {head.status}", head.headers)
        if self._trace_content and content:
            self._trace_content(f"> {content.decode()}")
        answered: Any = head.headers
        if head.status == 401:  # the SDK looks for WWW-Authenticate in capitals
            answered = case_insensitive_dict(answered)
        return PipedReply(head.status, answered, head.body, self._trace_content)

    def _tell(self, sign: str, line: str, headers: Mapping[str, str]) -> None:
        if self._trace:
            self._trace(f"{sign} {line}")
            for name, value in headers.items():
                is_own = sign == ">" and name in self._own
                self._trace(f"{sign} {name}: {MASK if is_own else mask_header(name, value)}")

    def open(self) -> None:
        """The connection opens itself."""

    def close(self) -> None:
        self._connection.close()

    def __exit__(self, *args: Any) -> None:
        self.close()


def mask_header(name: str, value: str) -> str:
    """Return a header's value as it may be shown."""
    if name.lower() in _SIGNING:
        scheme = value.partition(" ")[0] if " " in value else ""
        return f"{scheme} ***".strip()
    return value
