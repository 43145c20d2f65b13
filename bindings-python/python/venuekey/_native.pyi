"""Types of the compiled module. Checked against it by stubtest; its own docstrings are the reference."""

from collections.abc import Sequence
from typing import Final, Literal, NoReturn, final

from typing_extensions import Self

from ._errors import RejectedError, VenuekeyError
from ._types import (
    Environment,
    ErrorKind,
    FlowOperation,
    FlowStatus,
    Goal,
    HttpMethod,
    KeyDecision,
    Outcome,
    Recovery,
    Replay,
    SecretLost,
    Step,
    Venue,
    WaitReason,
)

__all__ = [
    "ERROR_CODES",
    "MAX_BODY_BYTES",
    "MAX_SNAPSHOT_BYTES",
    "MAX_TOKEN_BYTES",
    "SNAPSHOT_VERSION",
    "AccountTokens",
    "ApiKey",
    "ApiKeyGranted",
    "Client",
    "Done",
    "Failed",
    "Flow",
    "HttpRequest",
    "HttpResponse",
    "KeyChecked",
    "KeyDeleted",
    "KeyStatus",
    "PermissionGroup",
    "PermissionUrl",
    "Save",
    "Secret",
    "Send",
    "Snapshot",
    "Started",
    "Tokens",
    "TokensRefreshed",
    "Wait",
    "__version__",
    "_superseded",
    "code_challenge_s256",
]

__version__: Final[str]
ERROR_CODES: Final[tuple[tuple[str, ErrorKind], ...]]
MAX_BODY_BYTES: Final[int]
MAX_SNAPSHOT_BYTES: Final[int]
MAX_TOKEN_BYTES: Final[int]
SNAPSHOT_VERSION: Final[int]

def code_challenge_s256(verifier: str | Secret) -> str:
    """`BASE64URL(SHA256(code_verifier))` without padding, as PKCE's method S256 wants it (RFC 7636, 4.2).

    >>> import venuekey
    >>> venuekey.code_challenge_s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """

def _superseded(flow: Flow) -> RejectedError:
    """What `drive` ends with when `save` says that another worker won."""

@final
class Client:
    """An app at a venue. It holds no state of any flow: share one between threads.

    Args:
        venue: `"whitebit"` or `"bybit"`.
        environment: WhiteBIT `"global"` or `"eu"`; Bybit `"mainnet"` or `"testnet"`.
        client_id: as the venue issued it.
        client_secret: as the venue issued it, `str` or `Secret`. Keep it on a server.
        redirect_uri: exactly as registered at the venue: https, or http on loopback.
        authorize_base: another base for the consent page (a sandbox, a regional host), under the same rule.
        api_base: another base for the API.
        locale: Bybit: the locale in the consent page's path, `"en"` by default; `""` for none.
        user_agent: the `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.

    Raises:
        MisuseError: `invalid_configuration`, with a hint that names the field and the rule.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> client, client.supports("check_key"), client.supports("account_tokens")
    (Client(whitebit global), True, False)
    """
    def __new__(
        cls,
        *,
        venue: Venue,
        environment: Environment,
        client_id: str,
        client_secret: str | Secret,
        redirect_uri: str,
        authorize_base: str | None = None,
        api_base: str | None = None,
        locale: str | None = None,
        user_agent: str | None = None,
    ) -> Self: ...
    @property
    def venue(self) -> Venue:
        """The venue this client belongs to."""
    @property
    def environment(self) -> Environment:
        """The environment this client belongs to."""
    def supports(self, operation: FlowOperation) -> bool:
        """Whether this venue and environment offer an operation; what they do not offer is refused before
        anything is sent.

        Args:
            operation: `"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"` or `"delete_key"`.
        """
    def begin(
        self,
        goal: Goal,
        *,
        callback_timeout_s: int = 900,
        on_secret_lost: SecretLost = "report",
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Started:
        """Begins a connection: where to send the browser, and what to store meanwhile.

        Args:
            goal: `"api_key"` (a key that the app keeps) or `"account_tokens"` (tokens and the user's id).
            callback_timeout_s: how long to wait for the callback, in seconds: 60 to 86400.
            on_secret_lost: what to do when the once-only secret is lost: `"report"`, or
                `"delete_and_report"` to delete the key so that the user can connect again at once.
            entropy: 64 random bytes, never used twice; left out, the operating system's.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            MisuseError: `not_supported` where the environment does not offer the goal; `invalid_argument`.

        >>> import venuekey
        >>> client = venuekey.Client(
        ...     venue="bybit", environment="testnet", client_id="demo", client_secret="s3cr3t",
        ...     redirect_uri="https://partner.example/callback",
        ... )
        >>> started = client.begin("account_tokens", entropy=bytes(64), now_ms=1_790_000_000_000)
        >>> started.pending.status, started.pending.expires_at_ms
        ('awaiting_callback', 1790000900000)
        """
    def refresh_tokens(self, tokens: Tokens, *, entropy: bytes | None = None, now_ms: int | None = None) -> Step:
        """New tokens for old. The refresh token is spent by it: store what comes back before anything else.

        Returns:
            The first step; give it to `drive`. The same holds for `check_key` and `delete_key`.

        Raises:
            MisuseError: `invalid_argument` where there is no refresh token.
        """
    def check_key(self, tokens: Tokens, *, entropy: bytes | None = None, now_ms: int | None = None) -> Step:
        """The state of this app's key for this user, for returning users before a new consent. WhiteBIT, global host.

        Raises:
            MisuseError: `not_supported` where the environment has no such endpoint.
        """
    def delete_key(
        self, tokens: Tokens, external_id: str, *, entropy: bytes | None = None, now_ms: int | None = None
    ) -> Step:
        """Deletes this app's key; the user gets an email. Done also where it was gone before. WhiteBIT, global host.

        Args:
            external_id: the key's id, a UUID: `ApiKey.external_id` or `KeyStatus.external_id`.

        Raises:
            MisuseError: `not_supported` where the environment has no such endpoint; `invalid_argument`
                where the id is not a UUID.
        """
    def restore(self, text: str) -> Flow:
        """A flow from its snapshot's text, written by any release up to this one, in any language.

        Raises:
            MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
                quotes the text.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class Started:
    """A connection that has begun."""
    @property
    def authorize_url(self) -> str:
        """Where to send the user's browser. It carries `state`: keep it out of logs."""
    @property
    def pending(self) -> Flow:
        """Store its snapshot, bound to the browser's session, before the redirect."""
    def __reduce__(self) -> NoReturn: ...

@final
class Flow:
    """One connection or one operation, at one point of its life. Immutable: every event returns a step.

    `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock. A method
    that raises leaves the value usable.
    """
    @property
    def flow_id(self) -> str:
        """32 hexadecimal digits, the same through the whole life of the flow."""
    @property
    def revision(self) -> int:
        """Counts up by one with each step, from 1."""
    @property
    def venue(self) -> Venue:
        """`"whitebit"` or `"bybit"`."""
    @property
    def operation(self) -> FlowOperation:
        """`"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"` or `"delete_key"`."""
    @property
    def status(self) -> FlowStatus:
        """Where it stands: `"awaiting_callback"`, `"ready"` (the callback is in, nothing has been sent yet),
        `"in_flight"`, `"waiting"`, `"done"` or `"failed"`.
        """
    @property
    def expires_at_ms(self) -> int | None:
        """When it ends without a callback, in Unix milliseconds; `None` unless it awaits one."""
    @property
    def until_ms(self) -> int | None:
        """When to resume, in Unix milliseconds; `None` unless it waits."""
    @property
    def tokens(self) -> Tokens | None:
        """The newest tokens this flow holds: they may have been refreshed on the way, even in one that failed."""
    def snapshot(self) -> Snapshot:
        """The flow as text, to be stored by compare-and-set under its id and revision."""
    def receive_callback(self, url: str, *, now_ms: int | None = None) -> Step:
        """The browser came back to the redirect URI: give the whole URL, or its path and query.

        An accepted callback is a `Save`: once its flow is stored, the web request can end, and any worker
        goes on by `resume`.

        Raises:
            RejectedError: the callback is not this flow's, or it has had one (`callback_already_received`).
        """
    def receive_response(self, response: HttpResponse, *, now_ms: int | None = None) -> Step:
        """The reply to the request of the last `Send`.

        Raises:
            MisuseError: `wrong_state` where no request is in flight.
        """
    def receive_no_response(self, *, now_ms: int | None = None) -> Step:
        """No reply came: a timeout, a broken connection, or nobody knows.

        Raises:
            MisuseError: `wrong_state` where no request is in flight.
        """
    def resume(self, *, now_ms: int | None = None) -> Step:
        """Goes on after a `Save`, a `Wait` or a restore. In flight, it means `receive_no_response`; done or
        failed, it gives the outcome or the error again.

        Raises:
            MisuseError: `wrong_state` while it awaits its callback and the deadline has not passed.
        """
    def recover(self, *, now_ms: int | None = None) -> Step:
        """Goes on after a `Failed` that named a recovery.

        Raises:
            MisuseError: `wrong_state` where there is nothing to recover.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class Snapshot:
    """A flow as text. A secret: encrypt it at rest; it may hold tokens, keys and a PKCE verifier.

    Store it by compare-and-set: under `flow_id`, only where the stored revision is `expected_revision`.
    """
    @property
    def flow_id(self) -> str:
        """The key to store it under: 32 hexadecimal digits."""
    @property
    def revision(self) -> int:
        """Counts up by one with each step, from 1."""
    @property
    def expected_revision(self) -> int:
        """The revision that must be in the store for this one to replace it; 0 means none may be there."""
    @property
    def operation(self) -> FlowOperation:
        """What the flow is for, as `Flow.operation`."""
    @property
    def status(self) -> FlowStatus:
        """Where it stands, as `Flow.status`: for a store that looks for flows to resume."""
    @property
    def expires_at_ms(self) -> int | None:
        """When it ends without a callback, in Unix milliseconds; `None` unless it awaits one."""
    @property
    def until_ms(self) -> int | None:
        """When to resume, in Unix milliseconds; `None` unless it waits."""
    def expose(self) -> str:
        """The text itself, JSON, for `Client.restore`: at most `MAX_SNAPSHOT_BYTES`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Send:
    """Save `next`, send `request`, then `next.receive_response` or `next.receive_no_response`."""

    __match_args__: Final = ("request", "next")
    @property
    def name(self) -> Literal["send"]:
        """`"send"`."""
    @property
    def request(self) -> HttpRequest:
        """What to send, exactly."""
    @property
    def next(self) -> Flow:
        """The flow, waiting for the reply."""
    @property
    def flow(self) -> Flow:
        """The same as `next`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Save:
    """Save `next` (a callback, a reply that can't be had again, or an end is inside), then `next.resume`."""

    __match_args__: Final = ("next",)
    @property
    def name(self) -> Literal["save"]:
        """`"save"`."""
    @property
    def next(self) -> Flow:
        """The flow, with the reply."""
    @property
    def flow(self) -> Flow:
        """The same as `next`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Wait:
    """Save `next`, sleep until `until_ms`, then `next.resume`."""

    __match_args__: Final = ("until_ms", "reason", "next")
    @property
    def name(self) -> Literal["wait"]:
        """`"wait"`."""
    @property
    def until_ms(self) -> int:
        """When to resume, in Unix milliseconds."""
    @property
    def reason(self) -> WaitReason:
        """What is waited for: `"key_not_ready"`, `"secret_locked"`, `"rate_limited"`, `"venue_trouble"` or
        `"refresh_unanswered"`.
        """
    @property
    def next(self) -> Flow:
        """The flow, waiting."""
    @property
    def flow(self) -> Flow:
        """The same as `next`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Failed:
    """The operation did not succeed. Saved already; stays restorable until the host deletes it."""

    __match_args__: Final = ("error", "recovery", "flow")
    @property
    def name(self) -> Literal["failed"]:
        """`"failed"`."""
    @property
    def error(self) -> VenuekeyError:
        """What went wrong, as an exception that has not been raised: a new one at each access, so that no
        traceback keeps this step alive.
        """
    @property
    def recovery(self) -> Recovery | None:
        """How this same flow can go on by `flow.recover()`, where it can: `"poll_longer"`, `"try_again"`,
        `"ask_again"`, `"delete_key"` or `None`.
        """
    @property
    def flow(self) -> Flow:
        """The flow, ended."""
    def __reduce__(self) -> NoReturn: ...

@final
class Done:
    """The operation succeeded. Saved already; stays restorable until the host deletes it."""

    __match_args__: Final = ("outcome", "flow")
    @property
    def name(self) -> Literal["done"]:
        """`"done"`."""
    @property
    def outcome(self) -> Outcome:
        """What it brought: `ApiKeyGranted`, `AccountTokens`, `TokensRefreshed`, `KeyChecked` or `KeyDeleted`."""
    @property
    def flow(self) -> Flow:
        """The flow, finished."""
    def __reduce__(self) -> NoReturn: ...

@final
class HttpRequest:
    """A request for the host to send exactly as it is.

    No redirects, no automatic retry, no cache; TLS verified; the reply's body read as bytes, at most
    `MAX_BODY_BYTES` + 1 of them. Anything but `replay == "safe"` goes out on a fresh connection with
    retries off. `venuekey.senders` has functions that keep this contract.
    """
    @property
    def purpose(self) -> str:
        """What it is for, in one snake_case word: fit for logs and progress lines."""
    @property
    def method(self) -> HttpMethod:
        """`"GET"`, `"POST"` or `"DELETE"`."""
    @property
    def url(self) -> str:
        """The absolute URL. It holds no token, but may hold a key's id: keep it out of logs."""
    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers but `host` and `content-length`, in order; the values may be secrets."""
    @property
    def body(self) -> bytes | None:
        """The body's exact bytes, which may hold secrets; `None` means no body at all."""
    @property
    def replay(self) -> Replay:
        """What sending it twice would do: `"safe"` nothing, `"never"` harm; `"once_only"`: the reply can
        be had once.
        """
    @property
    def timeout_hint_ms(self) -> int:
        """How long to wait for the whole reply before saying `receive_no_response`, in milliseconds."""
    def __reduce__(self) -> NoReturn: ...

@final
class HttpResponse:
    """What came back: the status and the body's bytes, whatever they are.

    Args:
        status: the HTTP status.
        body: the bytes as received, even where they are not JSON.
        headers: the reply's headers; only `retry-after` is looked at today.

    >>> import venuekey
    >>> venuekey.HttpResponse(200, b'{"data": []}', [("content-type", "application/json")])
    HttpResponse(200, 12 bytes)
    """
    def __new__(cls, status: int, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> Self: ...
    @property
    def status(self) -> int:
        """The HTTP status."""
    @property
    def body(self) -> bytes:
        """The body's bytes, which may hold secrets."""
    def __reduce__(self) -> NoReturn: ...

@final
class ApiKeyGranted:
    """`begin("api_key")` ended: an API key that works, and the tokens that fetched it."""

    __match_args__: Final = ("key", "tokens")
    @property
    def key(self) -> ApiKey:
        """The key: store it before anything else."""
    @property
    def tokens(self) -> Tokens:
        """The newest tokens."""
    def __reduce__(self) -> NoReturn: ...

@final
class AccountTokens:
    """`begin("account_tokens")` ended: tokens, and whose account they open."""

    __match_args__: Final = ("tokens", "uid")
    @property
    def tokens(self) -> Tokens:
        """The newest tokens."""
    @property
    def uid(self) -> str | None:
        """The user's id at the venue, where the venue told it."""
    def __reduce__(self) -> NoReturn: ...

@final
class TokensRefreshed:
    """`refresh_tokens` ended: replace the stored pair."""

    __match_args__: Final = ("tokens",)
    @property
    def tokens(self) -> Tokens:
        """The newest tokens."""
    def __reduce__(self) -> NoReturn: ...

@final
class KeyChecked:
    """`check_key` ended: what the venue says of the key."""

    __match_args__: Final = ("status", "tokens")
    @property
    def status(self) -> KeyStatus:
        """Its state, and what to do."""
    @property
    def tokens(self) -> Tokens:
        """The newest tokens: a check may have refreshed them."""
    def __reduce__(self) -> NoReturn: ...

@final
class KeyDeleted:
    """`delete_key` ended: the key is gone, deleted now or before."""

    __match_args__: Final = ("tokens",)
    @property
    def tokens(self) -> Tokens:
        """The newest tokens: a deletion may have refreshed them."""
    def __reduce__(self) -> NoReturn: ...

@final
class Secret:
    """Secret text: `repr` and `str` are redacted, it can't be pickled, and it has no equality but identity.

    Args:
        text: the text.

    >>> import venuekey
    >>> secret = venuekey.Secret("s3cr3t")
    >>> secret
    Secret(…)
    >>> secret.expose()
    's3cr3t'
    """
    def __new__(cls, text: str) -> Self: ...
    def expose(self) -> str:
        """The text itself. Write down why at every call."""
    def __reduce__(self) -> NoReturn: ...

@final
class Tokens:
    """An access token, with a refresh token where the venue gave one.

    Args:
        access_token: 1 to 8192 bytes of visible ASCII, `str` or `Secret`.
        refresh_token: the same, or `None`.
        expires_at_ms: when the access token ends, in Unix milliseconds; 0 means already over.
        refresh_expires_at_ms: when the refresh token ends, in Unix milliseconds, where that is known.
        scope: granted scopes, open strings.

    Raises:
        MisuseError: `invalid_argument` where a token can't stand in a header.

    >>> import venuekey
    >>> tokens = venuekey.Tokens(access_token="eyJ0", refresh_token="r", expires_at_ms=1_790_000_000_000)
    >>> tokens
    Tokens(…, expires_at_ms=1790000000000, refreshable=true)
    >>> tokens.access_token
    Secret(…)
    """
    def __new__(
        cls,
        *,
        access_token: str | Secret,
        refresh_token: str | Secret | None = None,
        expires_at_ms: int,
        refresh_expires_at_ms: int | None = None,
        scope: Sequence[str] = (),
    ) -> Self: ...
    @property
    def access_token(self) -> Secret:
        """Sent as `Authorization: Bearer …`."""
    @property
    def refresh_token(self) -> Secret | None:
        """`None` where the venue issued none."""
    @property
    def expires_at_ms(self) -> int:
        """When the access token ends by the host's clock, in Unix milliseconds."""
    @property
    def refresh_expires_at_ms(self) -> int | None:
        """When the refresh token ends, in Unix milliseconds, where that is known."""
    @property
    def scope(self) -> tuple[str, ...]:
        """Granted scopes, open strings; empty where the venue names none."""
    def __reduce__(self) -> NoReturn: ...

@final
class ApiKey:
    """An API key that the user has granted, with the secret that could be read once."""
    @property
    def api_key(self) -> Secret:
        """The public half, sent with every signed request. WhiteBIT: the same text as `external_id`."""
    @property
    def api_secret(self) -> Secret:
        """The secret half. Store it encrypted; the venue will not show it again."""
    @property
    def external_id(self) -> str | None:
        """WhiteBIT: the key's id, for `Client.delete_key`."""
    @property
    def candidate_public_key(self) -> Secret | None:
        """WhiteBIT: another public key that the callback brought, unproven."""
    @property
    def permissions(self) -> tuple[PermissionGroup, ...] | None:
        """WhiteBIT: what the user granted; `None` where the venue did not say."""
    @property
    def any_granted(self) -> bool | None:
        """Whether anything at all is granted; `None` where the venue did not say."""
    @property
    def uid(self) -> str | None:
        """Bybit: the user's UID, where the venue told it."""
    def __reduce__(self) -> NoReturn: ...

@final
class KeyStatus:
    """What the venue says of this app's key for this user."""
    @property
    def decision(self) -> KeyDecision:
        """What to do now: `"start_flow"` (no key), `"already_active"` (tell the user) or
        `"delete_in_dashboard"` (a disabled key is in the way).
        """
    @property
    def exists(self) -> bool:
        """Whether there is a key at all, active or disabled."""
    @property
    def is_enabled(self) -> bool:
        """Whether the key works."""
    @property
    def external_id(self) -> str | None:
        """The key's id, for `Client.delete_key`."""
    @property
    def permissions(self) -> tuple[PermissionGroup, ...] | None:
        """What the key may do; `None` where the reply did not say."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class PermissionGroup:
    """One group of permissions on a WhiteBIT key."""
    @property
    def name(self) -> str:
        """Does not depend on the locale: use it in logic."""
    @property
    def title(self) -> str:
        """Translated into the user's language: display only, untrusted text."""
    @property
    def urls(self) -> tuple[PermissionUrl, ...]:
        """The endpoints of the group."""
    @property
    def any_granted(self) -> bool:
        """Whether anything in this group is granted."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class PermissionUrl:
    """One endpoint a permission covers."""
    @property
    def url(self) -> str:
        """The path, as the venue writes it."""
    @property
    def enable(self) -> bool:
        """`False` means offered but not granted."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
