"""Types of the compiled module. Checked against it by stubtest; its own docstrings are the reference."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, Literal, NoReturn, final, overload

from typing_extensions import Self

from ._errors import VenuekeyError
from ._names import (
    CheckReason,
    ErrorKind,
    FlowOperation,
    FlowStatus,
    Goal,
    HttpMethod,
    KeyDecision,
    LostSecretPolicy,
    NonAscii,
    OrderFilter,
    ReadKind,
    Recovery,
    Replay,
    ResponseType,
    TransactionMethod,
    Venue,
    VenueEnvironment,
    Verdict,
    WaitReason,
)
from ._page import Page, RecordT_co
from ._records import AccountTransaction, Convert, Deal, MainBalance, Order, SpotBalance
from ._types import KeyT_co, OutcomeT_co, Step, TokenPlan

__all__ = [
    "CREATE_SUBACCOUNT",
    "ERROR_CODES",
    "MAX_BODY_BYTES",
    "MAX_CURSOR_BYTES",
    "MAX_SNAPSHOT_BYTES",
    "MAX_TOKEN_BYTES",
    "SNAPSHOT_VERSION",
    "AccountRead",
    "AccountTokens",
    "ApiKey",
    "ApiKeyGranted",
    "Authorize",
    "BatchItem",
    "Choose",
    "Client",
    "ClockOffset",
    "Done",
    "Failed",
    "Flow",
    "GrantedPermission",
    "HandOff",
    "HttpRequest",
    "HttpResponse",
    "KeyCheck",
    "KeyChecked",
    "KeyDeleted",
    "KeyProof",
    "KeyStatus",
    "KeyVerdict",
    "KeyWatch",
    "Nonces",
    "PermissionGroup",
    "PermissionUrl",
    "Preflight",
    "PublicKeyProbe",
    "PublicKeyProven",
    "RateBudget",
    "RateLimit",
    "Reauthorize",
    "RefreshTokens",
    "Reservation",
    "Save",
    "SealingKeys",
    "Secret",
    "Send",
    "SharedTokens",
    "SignedReply",
    "Signer",
    "Snapshot",
    "Started",
    "Subaccount",
    "Tokens",
    "TokensRefreshed",
    "UseTokens",
    "Wait",
    "WaitUntil",
    "_FlowDriver",
    "_TokenDriver",
    "__version__",
    "code_challenge_s256",
]

__version__: Final[str]
CREATE_SUBACCOUNT: Final[str]
"""What `Flow.choose` takes for "make a new account"; no id of the venue's."""
ERROR_CODES: Final[tuple[tuple[str, ErrorKind], ...]]
MAX_BODY_BYTES: Final[int]
MAX_CURSOR_BYTES: Final[int]
MAX_SNAPSHOT_BYTES: Final[int]
MAX_TOKEN_BYTES: Final[int]
SNAPSHOT_VERSION: Final[int]

def code_challenge_s256(verifier: str | Secret) -> str:
    """`BASE64URL(SHA256(code_verifier))` without padding, as PKCE's method S256 wants it (RFC 7636, 4.2).

    >>> import venuekey
    >>> venuekey.code_challenge_s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """

@final
class _FlowDriver:
    """The loop around a flow. Immutable: every event makes a new value."""

    def __new__(cls, step: Step[Any]) -> Self: ...
    @property
    def action(self) -> Literal["save", "send", "sleep", "choose", "authorize", "return", "fail", "stop"]: ...
    @property
    def step(self) -> Any: ...
    @property
    def is_new_step(self) -> bool: ...
    @property
    def must_go_on(self) -> bool: ...
    @property
    def snapshot(self) -> Snapshot: ...
    @property
    def error(self) -> VenuekeyError | None:
        """At a `fail`: the exception, which has the flow."""

    def stop(self) -> Self: ...
    def saved(self, now_ms: int) -> Self: ...
    def superseded(self) -> Self: ...
    def response(self, response: HttpResponse, now_ms: int) -> Self: ...
    def no_response(self, not_sent: bool, now_ms: int) -> Self: ...
    def awake(self, now_ms: int) -> Self: ...
    def chosen(self, id: str, now_ms: int) -> Self: ...
    def called_back(self, url: str, now_ms: int) -> Self: ...
    def unanswered(self) -> Self: ...

@final
class _TokenDriver:
    """The loop around shared tokens. Immutable: every event makes a new value."""

    @staticmethod
    def fresh(client: Client[Any], refused_generation: int | None, patience_ms: int) -> _TokenDriver: ...
    @staticmethod
    def keep(client: Client[Any], shared: SharedTokens) -> _TokenDriver: ...
    @property
    def action(self) -> Literal["load", "save", "send", "sleep", "return", "fail"]: ...
    @property
    def must_go_on(self) -> bool: ...
    @property
    def snapshot(self) -> Snapshot:
        """At a `save`; `None` elsewhere, which no caller asks for."""

    @property
    def request(self) -> HttpRequest | None: ...
    @property
    def until_ms(self) -> int:
        """At a `sleep`, likewise."""

    @property
    def plan(self) -> UseTokens | None: ...
    @property
    def error(self) -> VenuekeyError | None: ...
    @property
    def brought(self) -> SharedTokens | None:
        """What a refresh brought, while it is in no store."""

    def loaded(self, text: str | None, now_ms: int) -> Self: ...
    def saved(self, now_ms: int) -> Self: ...
    def superseded(self) -> Self: ...
    def response(self, response: HttpResponse, now_ms: int) -> Self: ...
    def no_response(self, not_sent: bool, now_ms: int) -> Self: ...
    def awake(self) -> Self: ...

@final
class Client(Generic[KeyT_co]):
    """An app at a venue. It holds no state of any flow: share one between threads.

    Args:
        venue: `"whitebit"` or `"bybit"`.
        environment: WhiteBIT `"global"` or `"eu"`; Bybit `"mainnet"` or `"testnet"`.
        client_id: as the venue issued it.
        client_secret: as the venue issued it, `str` or `Secret`. Keep it on a server. `None` is refused, since it is
            what an environment variable that is not set becomes: a client without a secret is `Client.public`.
        redirect_uri: exactly as registered at the venue: https, or http on loopback.
        authorize_base: another base for the consent page (a sandbox, a regional host), under the same rule.
        api_base: another base for the API.
        locale: Bybit: the locale in the consent page's path, `"en"` by default; `""` for none.
        scope: Bybit: the scope to ask for, by default `"openapi"`, or `"ai-account"` without a secret; others are
            agreed with Bybit.
        user_agent: the `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
        send_redirect_uri: WhiteBIT, `"account_tokens"`: send `redirect_uri` too, though the documentation of that
            flow does not list it. Every other flow sends it anyway.

    Raises:
        MisuseError: `invalid_configuration`, with a hint that names the field and the rule; `invalid_argument` for a
            `client_secret` that is `None`.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> client, client.supports("check_key")
    (Client(whitebit global), True)
    >>> agent = venuekey.Client.public(
    ...     venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="http://127.0.0.1:9876/callback"
    ... )
    >>> agent.supports("api_key"), agent.supports("account_tokens")
    (True, False)
    """
    @overload
    def __new__(
        cls,
        *,
        venue: Literal["whitebit"],
        environment: Literal["global", "eu"],
        client_id: str,
        client_secret: str | Secret,
        redirect_uri: str,
        authorize_base: str | None = None,
        api_base: str | None = None,
        locale: str | None = None,
        scope: str | None = None,
        user_agent: str | None = None,
        send_redirect_uri: bool = False,
    ) -> Client[ApiKeyGranted]: ...
    @overload
    def __new__(
        cls,
        *,
        venue: Literal["bybit"],
        environment: Literal["mainnet", "testnet"],
        client_id: str,
        client_secret: str | Secret,
        redirect_uri: str,
        authorize_base: str | None = None,
        api_base: str | None = None,
        locale: str | None = None,
        user_agent: str | None = None,
        send_redirect_uri: bool = False,
    ) -> Client[ApiKeyGranted]: ...
    @overload
    @staticmethod
    def public(
        *,
        venue: Literal["whitebit"],
        environment: Literal["global", "eu"],
        client_id: str,
        redirect_uri: str,
        authorize_base: str | None = None,
        api_base: str | None = None,
        locale: str | None = None,
        scope: str | None = None,
        user_agent: str | None = None,
        send_redirect_uri: bool = False,
    ) -> Client[HandOff]:
        """A client without a secret, for a program in the user's own hands. Bybit: the AI agent
        (`client_id="ai-agent"`), the whole way to a key of a sub-account that the user chooses (`Choose`). WhiteBIT:
        `"api_key"` only, and it ends at a `HandOff` for the backend that has the secret.

        Args:
            redirect_uri: as for `Client`. Bybit's AI agent: `http://127.0.0.1:9876/callback`, any port to 9886, or
                `https://www.bybit.com/oauth/callback` (testnet: `https://testnet.bybit.com/oauth/callback`), which
                shows a code for `Flow.receive_pasted_code`.

        Raises:
            MisuseError: `invalid_configuration`, with a hint that names the field and the rule;
                `redirect_not_supported` for a redirect URI that Bybit's AI agent does not have.
        """
    @overload
    @staticmethod
    def public(
        *,
        venue: Literal["bybit"],
        environment: Literal["mainnet", "testnet"],
        client_id: str,
        redirect_uri: str,
        authorize_base: str | None = None,
        api_base: str | None = None,
        locale: str | None = None,
        user_agent: str | None = None,
        send_redirect_uri: bool = False,
    ) -> Client[ApiKeyGranted]:
        """A client without a secret, for a program in the user's own hands. Bybit: the AI agent
        (`client_id="ai-agent"`), the whole way to a key of a sub-account that the user chooses (`Choose`). WhiteBIT:
        `"api_key"` only, and it ends at a `HandOff` for the backend that has the secret.

        Args:
            redirect_uri: as for `Client`. Bybit's AI agent: `http://127.0.0.1:9876/callback`, any port to 9886, or
                `https://www.bybit.com/oauth/callback` (testnet: `https://testnet.bybit.com/oauth/callback`), which
                shows a code for `Flow.receive_pasted_code`.

        Raises:
            MisuseError: `invalid_configuration`, with a hint that names the field and the rule;
                `redirect_not_supported` for a redirect URI that Bybit's AI agent does not have.
        """
    @property
    def venue(self) -> Venue:
        """The venue this client belongs to."""
    @property
    def environment(self) -> VenueEnvironment:
        """The environment this client belongs to."""
    def supports(self, operation: FlowOperation) -> bool:
        """Whether this venue and environment offer an operation to this kind of client; what they do not offer is
        refused before anything is sent.

        Args:
            operation: `"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"`, `"delete_key"` or
                `"reissue_key"`.
        """
    @overload
    def begin(
        self,
        goal: Literal["api_key"],
        *,
        callback_timeout_s: int = 900,
        on_secret_lost: LostSecretPolicy = "report",
        response_type: ResponseType = "code",
        expected_uid: str | None = None,
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Started[KeyT_co]:
        """Begins a connection: where to send the browser, and what to store meanwhile.

        Args:
            goal: `"api_key"` (a key that the app keeps) or `"account_tokens"` (tokens that read the account; Bybit:
                and the user's id). WhiteBIT announced the end of its token flow, refresh and reads included, for
                2026-11-01; whether they still answer is not verified.
            callback_timeout_s: how long to wait for the callback, in seconds: 60 to 86400.
            on_secret_lost: what to do when the once-only secret is lost: `"report"`, or
                `"delete_and_report"` to delete the key so that the user can connect again at once.
            response_type: `"code"`, or as a last resort `"token"`: the access token itself comes through the
                browser, without a refresh token. Bybit with a secret only, and Bybit does not describe it.
                Where it comes in the URL's fragment, no browser sends it to a server by itself.
            expected_uid: Bybit, for a user who connects again: their `ApiKey.uid` of before. Another account ends as
                `account_mismatch`, before a key is asked for. WhiteBIT does not tell whose account it is.
            entropy: 64 random bytes, never used twice; left out, the operating system's.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            MisuseError: `not_supported` where the environment does not offer the goal, the response type or
                `expected_uid`; `invalid_argument`.

        >>> import venuekey
        >>> client = venuekey.Client(
        ...     venue="bybit", environment="testnet", client_id="demo", client_secret="s3cr3t",
        ...     redirect_uri="https://partner.example/callback",
        ... )
        >>> started = client.begin("account_tokens", entropy=bytes(64), now_ms=1_790_000_000_000)
        >>> started.pending.status, started.pending.expires_at_ms
        ('awaiting_callback', 1790000900000)
        """
    @overload
    def begin(
        self,
        goal: Literal["account_tokens"],
        *,
        callback_timeout_s: int = 900,
        on_secret_lost: LostSecretPolicy = "report",
        response_type: ResponseType = "code",
        expected_uid: str | None = None,
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Started[AccountTokens]: ...
    @overload
    def begin(
        self,
        goal: Goal,
        *,
        callback_timeout_s: int = 900,
        on_secret_lost: LostSecretPolicy = "report",
        response_type: ResponseType = "code",
        expected_uid: str | None = None,
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Started[KeyT_co | AccountTokens]: ...
    def refresh_tokens(
        self, tokens: Tokens, *, entropy: bytes | None = None, now_ms: int | None = None
    ) -> Step[TokensRefreshed]:
        """New tokens for old. The refresh token is spent by it: store what comes back before anything else.

        Returns:
            The first step; give it to `drive`. The same holds for `check_key` and `delete_key`.

        Raises:
            MisuseError: `invalid_argument` where there is no refresh token.
        """
    def switch_subaccount(
        self, tokens: Tokens, *, entropy: bytes | None = None, now_ms: int | None = None
    ) -> Step[ApiKeyGranted]:
        """The key of another of the user's accounts, by the tokens of a connection and without a new consent: lists
        them, and goes on by `Choose` as a connection does. Bybit's AI agent.

        Raises:
            MisuseError: `not_supported` for any other client.
        """
    def check_key(self, tokens: Tokens, *, entropy: bytes | None = None, now_ms: int | None = None) -> Step[KeyChecked]:
        """The state of this app's key for this user, for returning users before a new consent. WhiteBIT, global host.

        Raises:
            MisuseError: `not_supported` where the environment has no such endpoint.
        """
    def delete_key(
        self, tokens: Tokens, external_id: str, *, entropy: bytes | None = None, now_ms: int | None = None
    ) -> Step[KeyDeleted]:
        """Deletes this app's key; the user gets an email. Succeeds if already gone. WhiteBIT, global host.

        Args:
            external_id: the key's id, a UUID: `ApiKey.external_id` or `KeyStatus.external_id`.

        Raises:
            MisuseError: `not_supported` where the environment has no such endpoint; `invalid_argument`
                where the id is not a UUID.
        """
    def preflight(
        self, operation: FlowOperation, tokens: Tokens | None = None, *, budget: RateBudget, now_ms: int | None = None
    ) -> Preflight:
        """What can be known of an operation before it begins: whether it is offered, granted by the tokens' scope and
        in time, when the rate budget lets it begin, and how long it can take.

        Args:
            operation: as for `supports`.
            tokens: those it will be called with; `None` for a connection, which brings its own.
            budget: what this IP address has used of the venues' limits.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            MisuseError: `not_supported`, `scope_missing`; `invalid_argument` without the tokens it needs.
            ReauthorizeError: `token_expired`.
            UnavailableError: `rate_limited`.
        """
    def share_tokens(self, tokens: Tokens, *, entropy: bytes | None = None, now_ms: int | None = None) -> SharedTokens:
        """Tokens for a whole fleet of workers, from a connection that has just brought them: store them, then
        `fresh_tokens`.

        Args:
            tokens: as the outcome has them.
            entropy: 64 random bytes, never used twice; left out, the operating system's.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            MisuseError: `not_supported` for a WhiteBIT client without its secret, which can't refresh.
        """
    def restore_tokens(self, text: str | None) -> SharedTokens:
        """Shared tokens from their snapshot's text.

        Raises:
            LookupError: the text is `None`: the store has none.
            MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
                quotes the text.
        """
    def reissue_key(
        self,
        tokens: Tokens,
        external_id: str,
        *,
        callback_timeout_s: int = 900,
        on_secret_lost: LostSecretPolicy = "report",
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Save[ApiKeyGranted]:
        """A new key for the old one, as one flow: deletes the old key, comes to `Authorize` for the user's consent, and
        ends like a connection with `ApiKeyGranted`. The only way to other permissions, and the way out where a secret
        is lost. WhiteBIT, global host.

        From the first save on these tokens are the flow's: it may refresh them, and after the deletion it drops them.

        Args:
            external_id: the old key's id, a UUID.
            callback_timeout_s: as for `begin`; it counts from the deletion.
            on_secret_lost: as for `begin`, of the new key.

        Returns:
            The first step; give it to `drive`, with `authorize` where the user is at hand. Where no token works any
            more it ends with `delete_key_in_dashboard`, for a disabled key with `key_disabled`: then the user deletes
            the key, and `begin` connects.

        Raises:
            MisuseError: `not_supported` where the environment has no such endpoint; `invalid_argument`.
        """
    @overload
    def restore(self, text: str | None, *, operation: Literal["account_tokens"]) -> Flow[AccountTokens]:
        """A flow from its snapshot's text, written by any release up to this one, in any language.

        Args:
            text: as `load` gave it.
            operation: what the flow must be for, as in `Flow.operation`; a type checker then knows its outcome.

        Raises:
            LookupError: the text is `None`, which is what `load` gives for an id that is not in the store.
            MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
                quotes the text. `invalid_argument` for a flow of another operation.
        """
    @overload
    def restore(self, text: str | None, *, operation: Literal["api_key"]) -> Flow[KeyT_co]: ...
    @overload
    def restore(self, text: str | None, *, operation: Literal["refresh_tokens"]) -> Flow[TokensRefreshed]: ...
    @overload
    def restore(self, text: str | None, *, operation: Literal["check_key"]) -> Flow[KeyChecked]: ...
    @overload
    def restore(self, text: str | None, *, operation: Literal["delete_key"]) -> Flow[KeyDeleted]: ...
    @overload
    def restore(
        self, text: str | None, *, operation: Literal["reissue_key", "switch_subaccount"]
    ) -> Flow[ApiKeyGranted]: ...
    @overload
    def restore(self, text: str | None, *, operation: FlowOperation | None = None) -> Flow: ...
    @overload
    def open(
        self, sealed: str, *, keys: SealingKeys, context: str, operation: Literal["account_tokens"]
    ) -> Flow[AccountTokens]:
        """A pending flow from its sealed text; see `Flow.seal`.

        Do not save what it returns: nothing of `begin` is in the store yet, and the `Save` of `receive_callback` is the
        first to be stored. That is what claims the flow: a sealed text that is used twice ends there with `superseded`.

        Args:
            sealed: what `Flow.seal` returned.
            keys: the sealing keys, today's and those of the last days.
            context: whose it is, as it was given to `Flow.seal`.
            operation: as for `restore`.

        Raises:
            RejectedError: `seal_invalid` for another context, an unknown key or a changed text.
            MisuseError: as `restore`.
        """
    @overload
    def open(self, sealed: str, *, keys: SealingKeys, context: str, operation: Literal["api_key"]) -> Flow[KeyT_co]: ...
    @overload
    def open(
        self, sealed: str, *, keys: SealingKeys, context: str, operation: Literal["reissue_key"]
    ) -> Flow[ApiKeyGranted]: ...
    @overload
    def open(self, sealed: str, *, keys: SealingKeys, context: str, operation: FlowOperation | None = None) -> Flow: ...
    def accept_hand_off(
        self, text: str | HandOff, *, on_secret_lost: LostSecretPolicy = "report", now_ms: int | None = None
    ) -> Save[ApiKeyGranted]:
        """Goes on with what an app has begun without the secret: WhiteBIT's key flow. Call it on the backend's client,
        which has the secret and the app's redirect URI, and only for the authenticated user the connection is for.

        Args:
            text: what the app sent: its `HandOff`, as text.
            on_secret_lost: as for `begin`.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Returns:
            The first step; give it to `drive`. Its flow's id follows from the code alone, so a hand-off that comes
            twice, changed or not, ends with `superseded` at the second save.

        Raises:
            RejectedError: `hand_off_invalid` or `hand_off_mismatch`; neither quotes the text.
            ReauthorizeError: `hand_off_expired`: more than 10 minutes old.
            MisuseError: `not_supported` for any other client.
        """
    def read_transactions(
        self,
        *,
        method: TransactionMethod | None = None,
        ticker: str | None = None,
        address: str | None = None,
        addresses: Sequence[str] = (),
        memo: str | None = None,
        unique_id: str | None = None,
        status: Sequence[int] = (),
        limit: int | None = None,
        split_tickers: Sequence[str] = (),
    ) -> AccountRead[AccountTransaction]:
        """Reads deposits and withdrawals, newest first: `AccountTransaction`. WhiteBIT, with tokens of
        `"account_tokens"`.

        A list of more than 9,500 rows, of which WhiteBIT shows 10,000, is read in parts after its first page: by
        method, then by status, then by `split_tickers`; it is newest first within each part. Where rows are left that
        no part has, the read ends with `history_too_long`.

        Args:
            method: `"deposit"` or `"withdrawal"`; both where left out.
            ticker: a currency, such as `"BTC"`.
            address: exactly this address.
            addresses: any of these, at most 20.
            memo: exactly this memo.
            unique_id: exactly this id of your own.
            status: any of these codes of the method; what they mean is in `AccountTransaction.state`.
            limit: rows a page, 1 to 500; 100 where left out. WhiteBIT advises against more.
            split_tickers: for very long histories: all tickers there are, at most 200.

        Raises:
            MisuseError: `invalid_argument`, with a hint at the rule; `not_supported` at Bybit. The same for the other
                reads, whose end WhiteBIT announced for 2026-11-01.
        """
    def read_converts(
        self,
        *,
        from_ticker: str | None = None,
        to_ticker: str | None = None,
        quote_id: str | None = None,
        from_s: int | None = None,
        to_s: int | None = None,
        limit: int | None = None,
        now_ms: int | None = None,
    ) -> AccountRead[Convert]:
        """Reads converts, newest first, in windows of at most 30 days: `Convert`. WhiteBIT.

        Args:
            from_ticker: the currency given.
            to_ticker: the currency received.
            quote_id: exactly this quote.
            from_s: Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
            to_s: Unix seconds; now where left out or later than now.
            limit: rows a page, 1 to 100; 100 where left out.
            now_ms: Unix milliseconds; left out, the operating system's clock.
        """
    def read_orders(
        self,
        *,
        market: str | None = None,
        order_id: int | None = None,
        client_order_id: str | None = None,
        status: OrderFilter | None = None,
        from_s: int | None = None,
        to_s: int | None = None,
        limit: int | None = None,
        now_ms: int | None = None,
    ) -> AccountRead[Order]:
        """Reads orders that have ended, newest first for each market, in windows of at most 30 days: `Order`. WhiteBIT.

        Args:
            market: such as `"BTC_USDT"`; all where left out.
            order_id: this one order, whenever it was: without `client_order_id`, `status`, `from_s` and `to_s`.
            client_order_id: the order with this id of your own, whenever it was: likewise.
            status: `"all"`, `"filled"`, `"canceled"` or `"partially_filled"`.
            from_s: Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
            to_s: Unix seconds; now where left out or later than now.
            limit: rows a page, 1 to 500; 100 where left out.
            now_ms: Unix milliseconds; left out, the operating system's clock.
        """
    def read_deals(
        self,
        *,
        market: str | None = None,
        client_order_id: str | None = None,
        from_s: int | None = None,
        to_s: int | None = None,
        limit: int | None = None,
        now_ms: int | None = None,
    ) -> AccountRead[Deal]:
        """Reads trades, newest first for each market, in windows of at most 30 days: `Deal`. WhiteBIT.

        Args:
            market: such as `"BTC_USDT"`; all where left out.
            client_order_id: only those of the order with this id of your own, within the dates.
            from_s: Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
            to_s: Unix seconds; now where left out or later than now.
            limit: rows a page, 1 to 500; 100 where left out.
            now_ms: Unix milliseconds; left out, the operating system's clock.
        """
    def read_main_balances(self, *, ticker: str | None = None) -> AccountRead[MainBalance]:
        """Reads what the main account holds, all in one page: `MainBalance`, zeros included. WhiteBIT.

        Args:
            ticker: one currency, such as `"BTC"`; all where left out. One that WhiteBIT does not know has zero.
        """
    def read_spot_balances(self, *, ticker: str | None = None) -> AccountRead[SpotBalance]:
        """Reads what the spot (trade) account holds, all in one page: `SpotBalance`. WhiteBIT.

        Args:
            ticker: one currency, such as `"BTC"`; those that are there where left out. One that WhiteBIT does not know
                is a `request_rejected`.
        """
    def resume_read(self, cursor: str) -> AccountRead[Any]:
        """A read from its cursor, written by any release up to this one, in any language.

        Raises:
            MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class Started(Generic[OutcomeT_co]):
    """A connection that has begun."""
    @property
    def authorize_url(self) -> str:
        """Where to send the user's browser. It carries `state`: keep it out of logs."""
    @property
    def pending(self) -> Flow[OutcomeT_co]:
        """Before the redirect, store its snapshot, bound to the browser's session, or put what its `seal` gives into a
        cookie of that session.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class Flow(Generic[OutcomeT_co]):
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
        """`"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"`, `"delete_key"` or `"reissue_key"`."""
    @property
    def status(self) -> FlowStatus:
        """Where it stands: `"awaiting_callback"`, `"ready"` (the callback or the choice is in, or a reissue has begun;
        nothing has been sent since), `"awaiting_choice"`, `"in_flight"`, `"waiting"`, `"done"` or `"failed"`.
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
    def seal(self, keys: SealingKeys, *, context: str, entropy: bytes | None = None) -> str:
        """The pending flow as text for a cookie of the browser's own session, instead of a row in the store: less
        than 3 KB of letters, digits, `.`, `-` and `_`. `Client.open` reads it back. A reissue's pending flow is in the
        store already and stays there: its seal spares the callback the search.

        Args:
            keys: the sealing keys; the newest seals.
            context: whose it is, such as the session's id: 1 to 1024 bytes. It opens under the same context only.
            entropy: 64 random bytes, never used twice; left out, the operating system's.

        Raises:
            MisuseError: `wrong_state` once the callback is in: what comes after belongs into the store;
                `invalid_argument` for context or entropy.
        """
    def receive_callback(self, url: str, *, now_ms: int | None = None) -> Step[OutcomeT_co]:
        """The browser came back to the redirect URI: give the whole URL, or its path and query.

        An accepted callback is a `Save`: once its flow is stored, the web request can end, and any worker
        goes on by `resume`.

        Raises:
            RejectedError: the callback is not this flow's, or it has had one (`callback_already_received`).
            MisuseError: `wrong_state` where a reissue has not come to its `Authorize` yet.
        """
    def receive_pasted_code(self, pasted: str, *, now_ms: int | None = None) -> Step[OutcomeT_co]:
        """The code that the user has copied from the venue's page, for a client of Bybit's AI agent whose redirect URI
        is that page. White space around it does not matter; the page's whole address is taken as well.

        An accepted code is a `Save`, as an accepted callback is.

        Raises:
            RejectedError: `callback_invalid` for text that is no code, `callback_already_received`; for an address,
                as `receive_callback`.
            MisuseError: `not_supported` for every other client.
        """
    def choose(self, id: str, *, now_ms: int | None = None) -> Save[OutcomeT_co]:
        """The user's choice at a `Choose`. It is a `Save`, as an accepted callback is: once its flow is stored, any
        worker goes on by `resume`, and a second click finds the flow moved on.

        Args:
            id: the `id` of one of the accounts, or `CREATE_SUBACCOUNT` where `may_create`.

        Raises:
            MisuseError: `invalid_argument` for any other id; `wrong_state` where there is nothing to choose.
        """
    def receive_response(self, response: HttpResponse, *, now_ms: int | None = None) -> Step[OutcomeT_co]:
        """The reply to the request of the last `Send`.

        Raises:
            MisuseError: `wrong_state` where no request is in flight.
        """
    def receive_no_response(self, *, not_sent: bool = False, now_ms: int | None = None) -> Step[OutcomeT_co]:
        """No reply came: a timeout, a broken connection, or nobody knows. `not_sent` says that the request for certain
        never left, as where no connection could be made: then a one-time code is not spent, and the same request goes
        out again in a while.

        Raises:
            MisuseError: `wrong_state` where no request is in flight.
        """
    def resume(self, *, now_ms: int | None = None) -> Step[OutcomeT_co]:
        """Goes on after a `Save`, a `Wait` or a restore. In flight, it means `receive_no_response`; awaiting a choice,
        done or failed, it gives the options, the outcome or the error again, and a reissue that awaits its callback
        its `Authorize`.

        Raises:
            MisuseError: `wrong_state` while a flow of `Client.begin` awaits its callback and the deadline has not
                passed.
        """
    def recover(self, *, now_ms: int | None = None) -> Step[OutcomeT_co]:
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
    @property
    def error(self) -> VenuekeyError | None:
        """Why it failed, where its status is `"failed"`, else `None`. `Flow.resume` gives the recovery too."""
    def expose(self) -> str:
        """The text itself, JSON, for `Client.restore`: at most `MAX_SNAPSHOT_BYTES`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Send(Generic[OutcomeT_co]):
    """Save `next`, send `request`, then `next.receive_response` or `next.receive_no_response`."""

    __match_args__: Final = ("request", "next")
    @property
    def name(self) -> Literal["send"]:
        """`"send"`."""
    @property
    def request(self) -> HttpRequest:
        """What to send, exactly."""
    @property
    def next(self) -> Flow[OutcomeT_co]:
        """The flow, waiting for the reply."""
    @property
    def flow(self) -> Flow[OutcomeT_co]:
        """The same as `next`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Save(Generic[OutcomeT_co]):
    """Save `next` (a callback, a reply that can't be had again, or an end is inside), then `next.resume`."""

    __match_args__: Final = ("next",)
    @property
    def name(self) -> Literal["save"]:
        """`"save"`."""
    @property
    def next(self) -> Flow[OutcomeT_co]:
        """The flow, with the reply."""
    @property
    def flow(self) -> Flow[OutcomeT_co]:
        """The same as `next`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Wait(Generic[OutcomeT_co]):
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
    def next(self) -> Flow[OutcomeT_co]:
        """The flow, waiting."""
    @property
    def flow(self) -> Flow[OutcomeT_co]:
        """The same as `next`."""
    def __reduce__(self) -> NoReturn: ...

@final
class Choose(Generic[OutcomeT_co]):
    """Show the user the accounts and let them choose, then `flow.choose`: in any process, at any later time.

    Saved already. Bybit's AI agent asks always, even where there is one account or none.
    """

    __match_args__: Final = ("subaccounts", "may_create", "creation_in_doubt", "flow")
    @property
    def name(self) -> Literal["choose"]:
        """`"choose"`."""
    @property
    def subaccounts(self) -> tuple[Subaccount, ...]:
        """The accounts there are; none is possible."""
    @property
    def may_create(self) -> bool:
        """Whether a new account may be made: `CREATE_SUBACCOUNT` is then a choice too."""
    @property
    def creation_in_doubt(self) -> bool:
        """Whether a new account was asked for without a readable reply: it may be among these, so say so before
        another is made.
        """
    @property
    def flow(self) -> Flow[OutcomeT_co]:
        """The flow, waiting for the choice."""
    def __reduce__(self) -> NoReturn: ...

@final
class Authorize(Generic[OutcomeT_co]):
    """Send the user's browser to `authorize_url`, then `flow.receive_callback` with the URL it comes back to.

    Saved already; the flow's `resume` gives it again until its deadline. Only `Client.reissue_key` comes here.
    """

    __match_args__: Final = ("authorize_url", "flow")
    @property
    def name(self) -> Literal["authorize"]:
        """`"authorize"`."""
    @property
    def authorize_url(self) -> str:
        """Where to send the user's browser. It carries `state`: keep it out of logs."""
    @property
    def flow(self) -> Flow[OutcomeT_co]:
        """The flow, waiting for its callback."""
    def __reduce__(self) -> NoReturn: ...

@final
class Failed(Generic[OutcomeT_co]):
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
        `"choose_again"`, `"ask_again"`, `"delete_key"` or `None`.
        """
    @property
    def flow(self) -> Flow[OutcomeT_co]:
        """The flow, ended."""
    def __reduce__(self) -> NoReturn: ...

@final
class Done(Generic[OutcomeT_co]):
    """The operation succeeded. Saved already; stays restorable until the host deletes it."""

    __match_args__: Final = ("outcome", "flow")
    @property
    def name(self) -> Literal["done"]:
        """`"done"`."""
    @property
    def outcome(self) -> OutcomeT_co:
        """What it brought: `ApiKeyGranted`, `AccountTokens`, `TokensRefreshed`, `KeyChecked` or `KeyDeleted`; at a
        public client of WhiteBIT a `HandOff`.
        """
    @property
    def flow(self) -> Flow[OutcomeT_co]:
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
    def rate_limit(self) -> RateLimit | None:
        """The documented limit it counts against, where there is one: for `RateBudget.reserve`."""
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
    """`begin("account_tokens")` ended: tokens, and whose account they open where the venue told it."""

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
class HandOff:
    """`begin("api_key")` ended at a public client of WhiteBIT: the user has agreed, and the backend, which has the
    secret, goes on by `Client.accept_hand_off`. There are no tokens yet.

    A secret: send `expose()` in the body of an authenticated request over TLS, within 10 minutes.
    """
    def expose(self) -> str:
        """The text to send, JSON of at most 16 KiB."""
    def __reduce__(self) -> NoReturn: ...

@final
class SealingKeys:
    """The keys that seal pending flows, for `Flow.seal` and `Client.open`. The newest seals, each opens: to rotate, put
    a new one in front and drop the last once its cookies are over.

    Args:
        keys: pairs of an id and a key, the newest first: 1 to 16 of them. An id is 1 to 32 letters, digits, `-` or
            `_` and stands in the sealed text; a key is exactly 32 random bytes, such as `secrets.token_bytes(32)`,
            kept with the other secrets of the server.

    Raises:
        MisuseError: `invalid_argument`; it does not quote the keys.

    >>> import secrets, venuekey
    >>> keys = venuekey.SealingKeys([("2026-11", secrets.token_bytes(32)), ("2026-10", secrets.token_bytes(32))])
    >>> keys
    SealingKeys(2026-11, 2026-10)
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> sealed = client.begin("api_key").pending.seal(keys, context="session 7")
    >>> client.open(sealed, keys=keys, context="session 7").status
    'awaiting_callback'
    """
    def __new__(cls, keys: Sequence[tuple[str, bytes]]) -> Self: ...
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
    @property
    def sub_member_id(self) -> str | None:
        """Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it."""
    def __reduce__(self) -> NoReturn: ...

@final
class Subaccount:
    """An account the user can choose for the key. Bybit: an AI sub-account."""

    __match_args__: Final = ("id", "nickname")
    @property
    def id(self) -> str:
        """What `Flow.choose` takes. Bybit: the `sub_member_id`."""
    @property
    def nickname(self) -> str | None:
        """The user's own name for it, where it has one: display only, untrusted text."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

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
    @property
    def any_granted(self) -> bool | None:
        """Whether anything at all is granted; `None` where the venue did not say."""
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

@final
class Signer:
    """Signs requests with one API key and reads their replies. It keeps no nonce: share one between threads.

    A key that a connection has brought goes in as it is (`api_key=key.api_key, api_secret=key.api_secret`), one from
    the host's store as text.

    Args:
        venue: `"whitebit"` or `"bybit"`.
        environment: WhiteBIT `"global"` or `"eu"`; Bybit `"mainnet"` or `"testnet"`. A key of one is unknown in the
            other.
        api_key: the public half, `str` or `Secret`.
        api_secret: the secret half, `str` or `Secret`.
        api_base: another base for the private API (a sandbox, a regional host): https, or http on loopback.
        user_agent: the `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
        nonce_window: WhiteBIT: send `nonceWindow`, so that requests may arrive in any order, within 5 seconds of the
            venue's clock: for several workers with one key.
        non_ascii: WhiteBIT: how names and texts that are not ASCII are written, such as those in a withdrawal's
            travel-rule data: `"refuse"`, `"utf8"` (as they are) or `"escape"` (JSON's escapes). The venue compares the
            body with its own spelling, and no document says which that is: try with a request that changes nothing.
        recv_window_ms: Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60000.
        broker_id: Bybit: the broker id, sent as `X-Referer`.

    Raises:
        MisuseError: `invalid_configuration`, with a hint that names the field and the rule.

    >>> import venuekey
    >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    >>> signer
    Signer(bybit mainnet)
    >>> request = signer.sign("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"})
    >>> request, request.url
    (HttpRequest(GET signed_request, safe), 'https://api.bybit.com/v5/account/wallet-balance?accountType=UNIFIED')
    >>> reply = venuekey.HttpResponse(200, b'{"retCode": 0, "result": {"totalEquity": "3.50"}}')
    >>> signer.receive_response(reply).json()
    {'totalEquity': '3.50'}
    """
    @overload
    def __new__(
        cls,
        *,
        venue: Literal["whitebit"],
        environment: Literal["global", "eu"],
        api_key: str | Secret,
        api_secret: str | Secret,
        api_base: str | None = None,
        user_agent: str | None = None,
        nonce_window: bool = False,
        non_ascii: NonAscii = "refuse",
        recv_window_ms: int = 5000,
        broker_id: str | None = None,
    ) -> Self: ...
    @overload
    def __new__(
        cls,
        *,
        venue: Literal["bybit"],
        environment: Literal["mainnet", "testnet"],
        api_key: str | Secret,
        api_secret: str | Secret,
        api_base: str | None = None,
        user_agent: str | None = None,
        nonce_window: bool = False,
        non_ascii: NonAscii = "refuse",
        recv_window_ms: int = 5000,
        broker_id: str | None = None,
    ) -> Self: ...
    @property
    def venue(self) -> Venue:
        """The venue this key belongs to."""
    @property
    def environment(self) -> VenueEnvironment:
        """The environment this key belongs to."""
    def sign(
        self,
        method: HttpMethod,
        path: str,
        parameters: Mapping[str, object] | str | None = None,
        *,
        nonce_ms: int | None = None,
    ) -> HttpRequest:
        """A request whose bytes are the signed bytes: send it exactly as it is, once. `call` does, and reads the reply.

        Args:
            method: `"GET"` or `"POST"`; every private endpoint of WhiteBIT is a `"POST"`.
            path: any path of the private API, without a query: `/api/v4/…` at WhiteBIT, `/v5/…` at Bybit.
            parameters: names and values in the order in which they are to be sent: the body, or for a GET the query.
                A `Decimal` is written as a text, which is how both venues take amounts; a `float` is refused, because
                its digits are not surely those that were meant. Or the object's JSON as a `str`, taken as it is
                written. WhiteBIT: ASCII only.
            nonce_ms: Unix milliseconds by the venue's clock; left out, the operating system's clock. That is enough at
                Bybit, where this is only the timestamp (at most 1 second ahead of Bybit's clock), and at WhiteBIT
                where one worker sends at most one request a millisecond and waits for each reply. Otherwise take it
                from `Nonces`: WhiteBIT refuses a nonce that comes twice.

        Raises:
            MisuseError: `invalid_argument`, with a hint at the rule.
            TypeError: a `float` among the parameters, or something else that JSON has no form for.
            ValueError: a `Decimal` that is not finite.

        >>> import json, venuekey
        >>> from decimal import Decimal
        >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
        >>> order = {"market": "BTC_USDT", "side": "buy", "amount": Decimal("0.010"), "price": "9000"}
        >>> json.loads(signer.sign("POST", "/api/v4/order/new", order).body)["amount"]
        '0.010'
        """
    def receive_response(self, response: HttpResponse) -> SignedReply:
        """What the venue answered to a signed request.

        A refusal is raised: no flow goes on after it, and the exception's class says what the caller does next.

        Raises:
            MisuseError: `request_rejected` (`venue_text` has the venue's words), `signature_rejected`,
                `ip_not_allowed`.
            UserActionError: `permission_denied`: the user connects again and grants it.
            ReauthorizeError: `key_rejected`: deleted, disabled, over, or of another environment.
            UnavailableError: `nonce_rejected` and `clock_rejected` (sign again, see `Nonces` and `receive_time`),
                `rate_limited`, `venue_refused`; `venue_unavailable`, after which a request that changes something may
                have done so.
            ProtocolError: `malformed_reply`, `reply_too_large`.
        """
    def probe(self, *, nonce_ms: int | None = None) -> HttpRequest:
        """A read-only request that proves that the key works, for `receive_probe`.

        Args:
            nonce_ms: as for `sign`.

        Raises:
            MisuseError: `invalid_argument` for the nonce.
        """
    def receive_probe(self, response: HttpResponse) -> KeyProof:
        """What the reply to `probe` says of the key.

        Raises:
            VenuekeyError: as `receive_response`; but at WhiteBIT a missing permission is no error here, since it proves
                the key.

        >>> import venuekey
        >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
        >>> result = b'{"userID": 106000001, "readOnly": 1, "permissions": {"Spot": ["SpotTrade"]}}'
        >>> proof = signer.receive_probe(venuekey.HttpResponse(200, b'{"retCode": 0, "result": %b}' % result))
        >>> proof.uid, proof.is_read_only, proof.permissions
        ('106000001', True, (GrantedPermission("Spot", 1 granted),))
        """
    def ask_time(self) -> HttpRequest:
        """The request for the venue's time, for `receive_time`. It is not signed."""
    def receive_time(self, response: HttpResponse, *, sent_at_ms: int, received_at_ms: int) -> ClockOffset:
        """How far the venue's clock is ahead of the host's.

        Args:
            response: the reply to `ask_time`.
            sent_at_ms: when the request went out, in Unix milliseconds by the host's clock.
            received_at_ms: when the reply was there.

        Raises:
            ProtocolError: `malformed_reply` where the reply names no time.

        >>> import venuekey
        >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
        >>> reply = venuekey.HttpResponse(200, b'{"retCode": 0, "result": {}, "time": 1790000000500}')
        >>> signer.receive_time(reply, sent_at_ms=1_790_000_000_000, received_at_ms=1_790_000_000_200)
        ClockOffset(ahead_ms=400, uncertainty_ms=100)
        """
    def __reduce__(self) -> NoReturn: ...

@final
class SignedReply:
    """A signed request's success. It is the user's data: keep it out of logs, as its `repr` does."""
    @property
    def payload(self) -> str:
        """JSON, in the venue's own spelling. WhiteBIT: the body; Bybit: its `result`."""
    @property
    def items(self) -> tuple[BatchItem, ...]:
        """Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail.
        Empty where the reply is not a batch's, and at WhiteBIT.

        >>> import venuekey
        >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
        >>> told = b'{"list": [{"code": 170131, "msg": "Insufficient balance."}]}'
        >>> body = b'{"retCode": 0, "result": {}, "retExtInfo": %b}' % told
        >>> [item for item in signer.receive_response(venuekey.HttpResponse(200, body)).items if not item.is_accepted]
        [BatchItem(is_accepted=False, venue_code='170131')]
        """
    def json(self) -> Any:
        """The payload as Python's values; a number with a point or an exponent is a `Decimal`, to the digit.

        >>> import venuekey
        >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
        >>> signer.receive_response(venuekey.HttpResponse(200, b'{"BTC": {"available": "0.10"}, "rate": 1.50}')).json()
        {'BTC': {'available': '0.10'}, 'rate': Decimal('1.50')}
        """
    def __reduce__(self) -> NoReturn: ...

@final
class BatchItem:
    """What became of one order of a batch."""
    @property
    def is_accepted(self) -> bool:
        """Whether the venue took it: its code is 0."""
    @property
    def venue_code(self) -> str | None:
        """The venue's code for it, as text; `None` where it named none."""
    @property
    def venue_text(self) -> str | None:
        """The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class KeyProof:
    """A key that works, and what the venue says of it."""
    @property
    def is_permitted(self) -> bool:
        """Whether the probe itself was permitted. WhiteBIT: `False` where the user has granted nothing of it."""
    @property
    def permissions(self) -> tuple[GrantedPermission, ...] | None:
        """Bybit: what the user granted, an open list; `None` where the venue did not say."""
    @property
    def uid(self) -> str | None:
        """Bybit: whose key it is, where the venue told it."""
    @property
    def ips(self) -> tuple[str, ...]:
        """Bybit: the addresses the key is bound to; empty where it is bound to none."""
    @property
    def is_read_only(self) -> bool | None:
        """Bybit: whether the key only reads; `None` where the venue did not say."""
    @property
    def is_third_party(self) -> bool | None:
        """Bybit: whether it is a key for a third-party app, as one granted by consent should be."""
    @property
    def expires_at(self) -> str | None:
        """Bybit: when it ends (RFC 3339), where it does."""
    @property
    def expires_at_ms(self) -> int | None:
        """The same in Unix milliseconds; `None` where it cannot be read."""
    @property
    def any_granted(self) -> bool | None:
        """Whether the user has granted anything at all; `None` where that is not known. WhiteBIT: a probe that was not
        permitted leaves it open.
        """
    def __eq__(self, other: object, /) -> bool: ...

@final
class GrantedPermission:
    """One group of permissions on a Bybit key."""
    @property
    def name(self) -> str:
        """The group, such as `Spot`."""
    @property
    def granted(self) -> tuple[str, ...]:
        """What is granted of it, such as `SpotTrade`; empty where nothing is."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class PublicKeyProbe:
    """Finds out which public key belongs to an `ApiKey` with a `candidate_public_key`: WhiteBIT's documents disagree,
    so a probe decides. A key without one is proven in the same way, by one request.

    Send `request()`, give the reply to `receive`, until it returns a `PublicKeyProven`; then store that key instead.
    The probes only read: nothing is to be saved meanwhile, and where no reply comes, ask again.

    Args:
        key: the key that a connection has brought.
        venue: as for `Signer`, as all that follow.

    Raises:
        MisuseError: `invalid_configuration`.

    >>> import venuekey
    >>> def prove(key: venuekey.ApiKey, send) -> venuekey.PublicKeyProven:
    ...     answer = venuekey.PublicKeyProbe(key, venue="whitebit", environment="global")
    ...     while isinstance(answer, venuekey.PublicKeyProbe):
    ...         answer = answer.receive(send(answer.request()))
    ...     return answer
    """
    @overload
    def __new__(
        cls,
        key: ApiKey,
        *,
        venue: Literal["whitebit"],
        environment: Literal["global", "eu"],
        api_base: str | None = None,
        user_agent: str | None = None,
        nonce_window: bool = False,
        recv_window_ms: int = 5000,
        broker_id: str | None = None,
    ) -> Self: ...
    @overload
    def __new__(
        cls,
        key: ApiKey,
        *,
        venue: Literal["bybit"],
        environment: Literal["mainnet", "testnet"],
        api_base: str | None = None,
        user_agent: str | None = None,
        nonce_window: bool = False,
        recv_window_ms: int = 5000,
        broker_id: str | None = None,
    ) -> Self: ...
    def request(self, *, nonce_ms: int | None = None) -> HttpRequest:
        """A read-only request, signed with the public key in question.

        Args:
            nonce_ms: as for `Signer.sign`, a new one each time.

        Raises:
            MisuseError: `invalid_argument` for the nonce.
        """
    def receive(self, response: HttpResponse) -> PublicKeyProven | PublicKeyProbe:
        """What the reply says of the public key in question.

        Returns:
            A `PublicKeyProven`, or the probe of the next public key.

        Raises:
            ReauthorizeError: `key_rejected`: the venue accepts neither.
            VenuekeyError: any other says nothing about the key, such as a rate limit or the clock: do what it says,
                and ask again with this same value.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class PublicKeyProven:
    """A key whose public half works."""

    __match_args__: Final = ("key", "proof")
    @property
    def key(self) -> ApiKey:
        """The key under the public half that works, without a candidate. Store it."""
    @property
    def proof(self) -> KeyProof:
        """What the venue says of it."""
    def __reduce__(self) -> NoReturn: ...

@final
class KeyWatch:
    """What a host knows of a key's life: enough to say when to look at it next. It holds no secret; keep its
    `to_text()`, or make it anew from what you store.

    A look is a signed probe (`Signer.probe`). A key that is at work needs none: each signed request that the venue
    accepts is one, see `used`.

    Args:
        venue: `"whitebit"` or `"bybit"`.
        issued_at_ms: when the app got the key, in Unix milliseconds.
        last_used_at_ms: when the venue last accepted a request signed with it, probes included.
        expires_at_ms: when it ends, where the venue says so: `KeyProof.expires_at_ms`.
        is_ip_bound: whether it is bound to IP addresses, where that is known.
        seed: any number from 0 to 4294967295, another one for each key, so that a fleet's looks do not fall together;
            left out, a random one. Keep it with the rest.

    Raises:
        MisuseError: `snapshot_invalid` for a time beyond 2^53 ms.

    >>> import venuekey
    >>> watch = venuekey.KeyWatch("whitebit", 1_790_000_000_000, seed=4711)
    >>> look = watch.next_check(now_ms=1_790_000_000_000)
    >>> look.reason, (look.at_ms - watch.issued_at_ms) / 86_400_000 < 7
    ('inactivity', True)
    >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    >>> try:  # a week later, with the reply to the probe
    ...     proof = signer.receive_probe(venuekey.HttpResponse(401, b'{"code": 0, "message": "?"}'))
    ... except venuekey.VenuekeyError as error:
    ...     verdict = watch.receive_error(error)
    ... else:
    ...     verdict = watch.receive_proof(proof)
    >>> verdict
    KeyVerdict(gone)
    """
    def __new__(
        cls,
        venue: Venue,
        issued_at_ms: int,
        *,
        last_used_at_ms: int | None = None,
        expires_at_ms: int | None = None,
        is_ip_bound: bool | None = None,
        seed: int | None = None,
    ) -> Self: ...
    @staticmethod
    def from_text(text: str) -> KeyWatch:
        """The watch from its `to_text()`.

        Raises:
            MisuseError: `snapshot_invalid`; `snapshot_version` for the text of a newer release.
        """
    def to_text(self) -> str:
        """The watch as text, for the host's store. No secret is in it."""
    @property
    def venue(self) -> Venue:
        """Whose key it is."""
    @property
    def issued_at_ms(self) -> int:
        """When the app got it, in Unix milliseconds."""
    @property
    def last_used_at_ms(self) -> int | None:
        """When the venue last accepted a request signed with it."""
    @property
    def expires_at_ms(self) -> int | None:
        """When it ends, where the venue has said so."""
    @property
    def is_ip_bound(self) -> bool | None:
        """Whether it is bound to IP addresses, where that is known."""
    @property
    def seed(self) -> int:
        """What spreads the looks of a fleet."""
    @property
    def ends_at_ms(self) -> int | None:
        """When the key ends: by the venue's word or, for a Bybit key that is bound to no address, about 3 months after
        its issue. `None` where it does not, or nobody knows.
        """
    def used(self, *, now_ms: int | None = None) -> KeyWatch:
        """The same after the venue has accepted a signed request."""
    def next_check(self, *, now_ms: int | None = None) -> KeyCheck:
        """When to look next, and what for."""
    def receive_proof(self, proof: KeyProof, *, now_ms: int | None = None) -> KeyVerdict:
        """What the proof of `Signer.receive_probe` means: the key works."""
    def receive_status(self, status: KeyStatus, external_id: str) -> KeyVerdict:
        """What the status of `Client.check_key` means for the key with this id. It does not use the key, so
        `next_check` stays as it is.

        Raises:
            MisuseError: `invalid_argument` where the id is not a UUID.
        """
    def receive_error(self, error: VenuekeyError, *, now_ms: int | None = None) -> KeyVerdict:
        """What the error of a signed request means for the key, be it a probe's or one of the app's own."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class KeyCheck:
    """The next look at a key."""

    __match_args__: Final = ("at_ms", "reason")
    @property
    def at_ms(self) -> int:
        """When, in Unix milliseconds; one that is past is due now."""
    @property
    def reason(self) -> CheckReason:
        """What for. `"inactivity"`: WhiteBIT disables or deletes a key after 14 days without API activity; we infer
        that the probe counts as activity, no document says so. `"revocation"`: nothing runs out, but a key can be gone
        without notice. `"expiry"`: it ends at `KeyWatch.ends_at_ms`, so ask the user to connect again before.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class KeyVerdict:
    """What a look has brought."""

    __match_args__: Final = ("name", "watch", "check_again_at_ms")
    @property
    def name(self) -> Verdict:
        """`"works"`; `"disabled"`: only the user can delete it, in the venue's dashboard, then connect again (WhiteBIT
        says the same of an address that the key is not bound to); `"gone"` and `"expired"`: the user connects again,
        and until then the secret is kept; `"unclear"`: this look told nothing.
        """
    @property
    def watch(self) -> KeyWatch | None:
        """Where it works: the watch with what was learnt, to be kept instead of the old one."""
    @property
    def check_again_at_ms(self) -> int | None:
        """Where it is unclear: when to look again, in Unix milliseconds."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class ClockOffset:
    """The distance between two clocks."""

    __match_args__: Final = ("ahead_ms", "uncertainty_ms")
    @property
    def ahead_ms(self) -> int:
        """Add this to the host's time to get the venue's, in milliseconds; below zero where the venue is behind."""
    @property
    def uncertainty_ms(self) -> int:
        """How far the figure may be off, in milliseconds. WhiteBIT tells whole seconds only."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Nonces:
    """A block of nonces for one WhiteBIT key, made by `reserve`. Threads may share it: each number is taken once.
    (Bybit wants the time alone, which may come twice.)

    The host keeps one number for each key, the last one reserved, and moves it by compare-and-set: read it, call
    `reserve`, write `reserved` where the old number still stands, and only then take from the block. So blocks never
    overlap, whatever workers do. Numbers are Unix milliseconds by the venue's clock; a worker that stops loses the rest
    of its block and nothing else. After a fork each process reserves its own.

    Without `nonce_window` numbers must also arrive in order, so the block that was reserved last is the only one to
    take from: one worker at a time. With it, any number of workers have blocks of their own, each good for as long as
    it is near the venue's clock.

    >>> import venuekey
    >>> nonces = venuekey.Nonces.reserve(0, 100, venue_now_ms=1_790_000_000_000, nonce_window=True)
    >>> nonces.reserved  # to be stored before the first is taken
    1790000000099
    >>> nonces.take(venue_now_ms=1_790_000_000_005), nonces.take(venue_now_ms=1_790_000_000_005)
    (1790000000000, 1790000000001)
    >>> nonces.take(venue_now_ms=1_790_000_005_000) is None  # too old by now: reserve again
    True
    """
    @staticmethod
    def reserve(reserved: int, count: int, *, venue_now_ms: int | None = None, nonce_window: bool = False) -> Nonces:
        """A block of numbers after `reserved` and not before the venue's time.

        Args:
            reserved: the number in the store; 0 where nothing is reserved yet.
            count: how many, 1 to 4000. They are one a millisecond: a large block lies in the future.
            venue_now_ms: Unix milliseconds by the venue's clock (`ClockOffset.ahead_ms` added to the host's); left
                out, the operating system's clock.
            nonce_window: as in the `Signer` that signs with them.

        Raises:
            MisuseError: `invalid_argument` for a count out of range, or where no number is left.
        """
    @property
    def reserved(self) -> int:
        """The number to store before any of the block is taken."""
    def take(self, *, venue_now_ms: int | None = None) -> int | None:
        """The next one, for `Signer.sign`; `None` where the block is used up, or with `nonce_window` too far from the
        venue's time (4 seconds): reserve again. Where the block lies ahead (many reservations in a short time), wait
        until the time has come near.

        Args:
            venue_now_ms: as for `reserve`.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class SharedTokens:
    """Tokens of one connection as a whole fleet of workers sees them. Immutable: every event makes a new value.

    A refresh spends the refresh token (both venues replace it), WhiteBIT's live ten minutes and take one refresh a
    second, and a race between two workers would log the user out. So the tokens stand in the host's store with a
    `generation`, and `plan` says what one worker may do now. A refresh is a lease, written by compare-and-set before
    anything is sent: one worker wins it, the others wait for the next generation. `fresh_tokens` does all of it.

    `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> tokens = venuekey.Tokens(
    ...     access_token="access", refresh_token="refresh", expires_at_ms=1_790_000_300_000
    ... )
    >>> shared = client.share_tokens(tokens, entropy=bytes(64), now_ms=1_790_000_000_000)
    >>> shared.plan(now_ms=1_790_000_100_000)
    UseTokens(generation 1)
    >>> shared.plan(now_ms=1_790_000_290_000)
    RefreshTokens(HttpRequest(POST refresh_tokens, never))
    """
    @property
    def tokens_id(self) -> str:
        """32 hexadecimal digits, the same as long as the connection lives."""
    @property
    def revision(self) -> int:
        """Counts up by one with each value that is to be saved, from 1."""
    @property
    def generation(self) -> int:
        """Counts the token pairs, from 1."""
    @property
    def lease_until_ms(self) -> int | None:
        """While a worker refreshes: when its lease ends, in Unix milliseconds. Where that is nearer than the request's
        `timeout_hint_ms` by the time the save has returned, don't send any more, and plan again.
        """
    @property
    def tokens(self) -> Tokens:
        """The newest pair. Whether it may be used, `plan` says."""
    def snapshot(self) -> Snapshot:
        """The tokens as text, to be stored by compare-and-set like a flow's: its `flow_id` is the `tokens_id`, its
        operation `"refresh_tokens"`, its status `"ready"`, `"in_flight"` or `"failed"`. `Client.restore_tokens` reads
        it back.
        """
    def plan(self, *, refused_generation: int | None = None, now_ms: int | None = None) -> TokenPlan:
        """What a worker may do now: `UseTokens`, `RefreshTokens`, `WaitUntil` or `Reauthorize`.

        Args:
            refused_generation: the generation whose access token the venue has just refused this worker (401, 403),
                where it has. One refresh answers that; a second refusal ends it.
        """
    def receive_response(self, response: HttpResponse, *, now_ms: int | None = None) -> SharedTokens:
        """The reply to the request of a `RefreshTokens`. Save the value; where the save is lost, load what is stored
        and `merge` this into it: the new pair may be in no other hands.

        Raises:
            MisuseError: `wrong_state` where these tokens are not leased.
        """
    def receive_no_response(self, *, not_sent: bool = False, now_ms: int | None = None) -> SharedTokens:
        """No reply came to the request of a `RefreshTokens`. It is asked again, first after 2 seconds; where it
        is `not_sent`, it never left and the pair stays as good as it was.

        Raises:
            MisuseError: `wrong_state` where these tokens are not leased.
        """
    def merge(self, late: SharedTokens) -> SharedTokens | None:
        """What a worker that came too late has brought, put into the stored value this is called on: the value to save
        where its pair is newer than the stored one; `None` where the stored one is as new.

        Raises:
            MisuseError: `snapshot_mismatch` for the tokens of another connection.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class AccountRead(Generic[RecordT_co]):
    """The next page of a read, made by one of `Client`'s `read_` methods. Immutable and without a secret; `records` and
    `pages` do the asking.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> read = client.read_spot_balances(ticker="BTC")
    >>> read, read.request(venuekey.Tokens(access_token="access", expires_at_ms=1_790_000_300_000))
    (AccountRead(whitebit global spot_balances), HttpRequest(POST read_spot_balances, safe))
    >>> page = read.receive(venuekey.HttpResponse(200, b'{"BTC": {"available": "0.10", "freeze": "0"}}'))
    >>> page, page.records
    (Page(1 record), (SpotBalance(ticker='BTC', available=Decimal('0.10'), freeze=Decimal('0')),))
    """
    @property
    def kind(self) -> ReadKind:
        """What is read: `"transactions"`, `"converts"`, `"orders"`, `"deals"`, `"main_balances"`, `"spot_balances"`."""
    def request(self, tokens: Tokens) -> HttpRequest:
        """The request for this page; it may be sent again.

        Raises:
            MisuseError: `history_too_long` where rows are left that the venue does not show: all pages before were
                good.
        """
    def receive(self, response: HttpResponse) -> Page[RecordT_co]:
        """What the venue answered to `request`: a `Page` with the new records and the read after it.

        Raises:
            ReauthorizeError: `token_rejected`: refresh once.
            MisuseError: `request_rejected` (`venue_text` names the field), `not_supported`, `history_too_long`.
            UnavailableError: `rate_limited`, `venue_unavailable` (ask again), `venue_refused`.
            ProtocolError: `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit).
        """
    def cursor(self) -> str:
        """This read as JSON text for `Client.resume_read`, in another process or language. It holds no token, but what
        was asked for (addresses, ids); at most 128 KiB.
        """
    def with_nonce(self, *, nonce_ms: int | None = None) -> AccountRead[RecordT_co]:
        """The same read with `request` and `nonce` in its bodies, which WhiteBIT's documentation leaves open for
        tokens; they are left out otherwise.

        Args:
            nonce_ms: Unix milliseconds, below 2**53; left out, the operating system's clock. Each page has the nonce
                of the one before, plus one.
        """
    def preflight(self, tokens: Tokens, *, budget: RateBudget, now_ms: int | None = None) -> Preflight:
        """What can be known of this page before it is asked for: whether the tokens' scope grants it and they live long
        enough, and when the rate budget lets it go out.

        Args:
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            MisuseError: `scope_missing`.
            ReauthorizeError: `token_expired`.
            UnavailableError: `rate_limited`.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class UseTokens:
    """Send requests with these tokens."""

    __match_args__: Final = ("tokens", "generation", "refresh_at_ms")
    @property
    def tokens(self) -> Tokens:
        """Their access token counts, as far as is known."""
    @property
    def generation(self) -> int:
        """Which pair this is. Where the venue refuses it, plan again with this number as `refused_generation`."""
    @property
    def refresh_at_ms(self) -> int | None:
        """When to plan again so that the tokens stay alive, in Unix milliseconds; `None` where no refresh is possible
        and the connection ends with the access token.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class RefreshTokens:
    """Save `next` by compare-and-set; where that won, send, then `next.receive_response` or `next.receive_no_response`,
    and save what it returns. Where it lost: load, and plan again.
    """

    __match_args__: Final = ("request", "next")
    @property
    def request(self) -> HttpRequest:
        """What to send, exactly, once."""
    @property
    def next(self) -> SharedTokens:
        """The tokens, leased to this worker for 45 seconds."""
    def __reduce__(self) -> NoReturn: ...

@final
class WaitUntil:
    """Sleep, load the tokens anew, plan again."""

    __match_args__: Final = ("until_ms", "error")
    @property
    def until_ms(self) -> int:
        """When to look again, in Unix milliseconds."""
    @property
    def error(self) -> VenuekeyError | None:
        """Why no token can be had meanwhile; `None` while a worker refreshes. An exception that has not been raised: a
        new one at each access.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class Reauthorize:
    """No token works any more, and no refresh can help: the user must connect again."""

    __match_args__: Final = ("error",)
    @property
    def error(self) -> VenuekeyError:
        """Why: `token_expired`, `token_rejected`, or `outcome_unknown` after a refresh whose reply was lost. An
        exception that has not been raised: a new one at each access.
        """
    def __reduce__(self) -> NoReturn: ...

@final
class RateLimit:
    """A limit that a venue documents. All of them count requests per IP address of the caller."""
    @property
    def name(self) -> str:
        """What the venue counts together, such as `"whitebit_trade_account"`."""
    @property
    def requests(self) -> int:
        """How many requests."""
    @property
    def window_ms(self) -> int:
        """In which time, in milliseconds."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class RateBudget:
    """How much of the venues' rate limits one IP address has used. Immutable: a reservation makes a new value.

    Whoever shares the address shares the limit, so keep one value for each address you call from: in memory for one
    process, or as `to_text()` in your store, moved by compare-and-set. Processes that share no store take a share
    each: `RateBudget(share_of=8)` for one of eight.

    It spends at half of the documented pace, after at most a quarter of a limit at once: whatever window the venue
    counts by, and however unevenly the requests arrive, the limit is not reached.

    Raises:
        MisuseError: `invalid_argument` where `share_of` is not 1 to 1000.

    >>> import venuekey
    >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    >>> request = signer.sign("POST", "/api/v4/main-account/history", {})
    >>> request.rate_limit
    RateLimit(whitebit_main_account_history: 200 in 10000 ms)
    >>> reservation = venuekey.RateBudget().reserve(request, now_ms=1_790_000_000_000)
    >>> reservation.start_at_ms, reservation.budget  # keep the budget, then send
    (1790000000000, RateBudget(share_of=1))
    """
    def __new__(cls, *, share_of: int = 1) -> Self: ...
    @staticmethod
    def from_text(text: str) -> RateBudget:
        """The value from your store.

        Raises:
            MisuseError: `snapshot_invalid`, `snapshot_version`.
        """
    def to_text(self) -> str:
        """The value as text for your store. Not a secret."""
    @property
    def share_of(self) -> int:
        """Between how many processes the limits are divided."""
    def reserve(self, request: HttpRequest, *, now_ms: int | None = None) -> Reservation:
        """When this request may go out. A request whose limit is not documented goes at once.

        Args:
            request: what is to be sent.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            UnavailableError: `rate_limited` where that would be later than a minute from now; nothing is reserved then.
        """
    def __eq__(self, other: object, /) -> bool: ...

@final
class Reservation:
    """A request's place in the budget."""
    @property
    def start_at_ms(self) -> int:
        """When it may go out, in Unix milliseconds: now, or later."""
    @property
    def budget(self) -> RateBudget:
        """What is left: keep it before the request goes out."""

@final
class Preflight:
    """An operation that can go ahead."""
    @property
    def start_at_ms(self) -> int:
        """When it may begin, in Unix milliseconds: now, or later where the rate budget says so."""
    @property
    def requests(self) -> int:
        """The most requests it can take: where everything goes well, far fewer."""
    @property
    def worst_case_ms(self) -> int:
        """How long it can take from `start_at_ms`, in milliseconds: every wait and every request at its longest. The
        time that the user spends at the venue is not in it.
        """
    @property
    def budget(self) -> RateBudget:
        """What is left of the budget: keep it before the operation begins."""
