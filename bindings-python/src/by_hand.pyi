# What is written by hand in Rust, for the stub of the compiled module: `just generate` takes it over, stubtest checks it.
# Docstrings are those of the module, brought here by tools/stub_docs.py.

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
    >>> venuekey.parts.code_challenge_s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
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

class _TokenDriver:
    """Shared tokens on their way to a working pair, in the hands of one worker. Immutable: every event makes a
    new value.

    `action` says what to do, and the event of the same name what came of it; made by `fresh_tokens` and
    `keep_tokens`.

    The lease of a refresh is stored before anything is sent. The result is saved again and again until it is
    stored or the store has something newer: the stored tokens may have changed meanwhile, and the newer pair
    stays.
    """
    @staticmethod
    def fresh(client: Client[Any], refused_generation: int | None, patience_ms: int) -> _TokenDriver: ...
    @staticmethod
    def keep(client: Client[Any], shared: SharedTokens) -> _TokenDriver: ...
    @property
    def action(self) -> Literal["load", "save", "send", "sleep", "return", "fail"]:
        """What to do now.

        - `"save"`: Store the driver's snapshot by compare-and-set, then `saved` or `superseded`. A save that has
          begun is finished.
        - `"load"`: Load the newest stored text, then `loaded`.
        - `"send"`: Send the driver's request, then `response` or `no_response`.
        - `"sleep"`: Sleep until the driver's `until_ms`, then `awake`.
        - `"choose"`: Ask the user to choose one of the step's accounts, then `chosen`; `unanswered` if nobody is
          there to ask.
        - `"authorize"`: Send the user's browser to the step's URL, then `called_back`; `unanswered` if there is
          none.
        - `"nonce"`: Reserve a nonce for the connection's key, then `nonce`.
        - `"find"`: Look whether another row holds the same account, then `found`.
        - `"deliver"`: Tell the application of the events, then `delivered`.
        - `"delete"`: Remove the row if the store still has this revision, then `deleted`.
        - `"return"`: The end: the result is there.
        - `"fail"`: The end: the driver's error says why.
        - `"stop"`: The end that `stop` asked for. Everything that can't be obtained again is stored, and
          restoring it continues the operation.
        """
    def loaded(self, text: str | None, now_ms: int) -> Self: ...

class Client:
    """An app's registration at a venue. It holds no flow's state: share one between threads.

    Args:
        venue: The exchange. One of `"whitebit"`, `"bybit"`.
        environment: Which of its worlds. `"whitebit"`: `"global"`, `"eu"`; `"bybit"`: `"mainnet"`,
            `"testnet"`.
        client_id: As the venue issued it.
        client_secret: As the venue issued it, `str` or `Secret`. Keep it on a server. `None` is refused,
            since it is what an environment variable that is not set becomes: a client without a secret is
            `Client.public`.
        redirect_uri: Exactly as registered at the venue: https, or http on loopback. Bybit's AI agent:
            `http://127.0.0.1:9876/callback`, any port to 9886, or `https://www.bybit.com/oauth/callback`
            (testnet: `https://testnet.bybit.com/oauth/callback`), which shows a code for
            `Flow.receive_pasted_code`.
        authorize_base: Another base for the consent page (a sandbox, a regional host): https, or http on
            loopback.
        api_base: Another base for the API, under the same rule.
        rest_base: Another base for the private REST API, which a connection's key signs for (Bybit: a
            regional site's), under the same rule; by default `api_base` where that is given.
        locale: Bybit: the locale in the consent page's path, `"en"` by default; `""` for none.
        scope: Bybit: the scope to ask for, by default what is documented for this kind of client, `openapi`,
            or `ai-account` without a secret. Others are agreed with Bybit.
        user_agent: The `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
        send_redirect_uri: WhiteBIT, `"account_tokens"`: send `redirect_uri` too, though the documentation of
            that flow lists only `clientId` and `state`. Every other flow sends it anyway.

    Raises:
        MisuseError: `invalid_configuration`, with a hint that names the field and the rule.

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
        rest_base: str | None = None,
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
        rest_base: str | None = None,
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
        rest_base: str | None = None,
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
        rest_base: str | None = None,
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
    @overload
    def begin(
        self,
        goal: Literal["api_key"],
        *,
        callback_timeout_s: int = 900,
        on_secret_lost: LostSecretPolicy = "report",
        response_type: ResponseType = "code",
        expected_uid: str | None = None,
        key_request: KeyRequest | None = None,
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Started[KeyT_co]:
        """Begins a connection: returns where to send the browser, and what to store.

        Args:
            goal: A key that the app keeps, or tokens that read the account (and Bybit's user id). WhiteBIT
                announced the end of its token flow, refresh and reads included, for 2026-11-01; whether they
                still answer is not verified. One of `"account_tokens"`, `"api_key"`.
            callback_timeout_s: How long to wait for the callback, in seconds: 60 to 86,400. For a reissue it
                starts with the deletion. No venue gives a figure for the whole consent; Bybit's own client waits
                300 s, and a person with a second factor takes longer.
            on_secret_lost: What to do when the once-only secret is lost: `"report"`, or `"delete_and_report"` to
                delete the key so that the user can connect again at once.
            response_type: `"code"`, or as a last resort `"token"`: the access token itself comes through the
                browser, without a refresh token. Bybit with a secret only, and Bybit does not describe it. Where
                it comes in the URL's fragment, no browser sends it to a server by itself.
            expected_uid: Whose account it must be, for a user who connects again: the earlier `ApiKey.uid`.
                Another account ends as `account_mismatch`, before a key is requested. Bybit; WhiteBIT gives no
                user id.
            key_request: What to ask for in the new key. A part that the venue does not support is refused, never
                dropped: see `KeyRequest`.
            entropy: 64 random bytes, never used twice; left out, the operating system's.
            now_ms: Unix milliseconds; left out, the operating system's clock.

        Raises:
            MisuseError: `not_supported` if the environment does not offer the goal, the response type or
                `expected_uid`; `invalid_argument` for the options, with a hint that names each part of a key
                request it does not support.

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
        key_request: KeyRequest | None = None,
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
        key_request: KeyRequest | None = None,
        entropy: bytes | None = None,
        now_ms: int | None = None,
    ) -> Started[KeyT_co | AccountTokens]: ...
    def restore_tokens(self, text: str | None) -> SharedTokens:
        """Shared tokens from their snapshot's text.

        Raises:
            LookupError: the text is `None`: the store has none.
            MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
                quotes the text.
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

class HttpRequest:
    """A request for the host to send exactly as it is.

    No redirects, no automatic retry, no cache; TLS verified; the reply's body read as bytes, at most
    `MAX_BODY_BYTES` + 1. Unless `replay` is `"safe"`, it goes out on a fresh connection with retries off.

    `venuekey.senders` has functions that keep this contract.
    """
    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers but `host` and `content-length`, in order; the values may be secrets."""

class HttpResponse:
    """What came back: the status and the body's bytes.

    Args:
        status: The HTTP status.
        body: The bytes as received, even if they are not JSON.
        headers: The reply's headers; only `retry-after` is looked at today.

    >>> import venuekey
    >>> venuekey.parts.HttpResponse(200, b'{"data": []}', [("content-type", "application/json")])
    HttpResponse(200, 12 bytes)
    """
    def __new__(cls, status: int, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> Self: ...

class SealingKeys:
    """The keys that seal pending flows, for `Flow.seal` and `Client.open`. The newest one seals, and any of them
    opens: to rotate, put a new one in front and drop the last once its cookies have expired.

    Args:
        keys: Pairs of an id and a key, the newest first: 1 to 16 of them. An id is 1 to 32 letters, digits,
            `-` or `_` and stands in the sealed text; a key is exactly 32 random bytes, kept with the other
            secrets of the server.

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

class Signer:
    """Signs requests with one API key and reads their replies. It keeps no nonce (see `Nonces`), so threads can
    share it.

    A key that a connection has brought goes in as it is (`api_key=key.api_key, api_secret=key.api_secret`),
    one from the host's store as text.

    Args:
        venue: The exchange. One of `"whitebit"`, `"bybit"`.
        environment: Which of its environments. A key of one is unknown in another. `"whitebit"`: `"global"`,
            `"eu"`; `"bybit"`: `"mainnet"`, `"testnet"`.
        api_key: The public half, as `ApiKey.api_key` gives it. A `str` or a `Secret`.
        api_secret: The secret half, as `ApiKey.api_secret` gives it. A `str` or a `Secret`.
        passphrase: The key's own `ApiKey.passphrase`, if the venue's keys have one. A `str` or a `Secret`.
        site: The key's own `ApiKey.site`, exactly one of the venue's: requests go there.
        api_base: Another base for the private API (a sandbox, a regional host): https, or http on loopback.
        user_agent: The `User-Agent` to send. Bybit's guidance asks for a browser's, so Bybit is sent one by
            default.
        nonce_window: WhiteBIT: send `nonceWindow`, so that requests may arrive in any order within 5 s of the
            venue's clock: for several workers with one key.
        non_ascii: WhiteBIT: how names and texts that are not ASCII are written, such as those in a
            withdrawal's travel-rule data. The venue compares the body with its own encoding, and no document
            says which that is: try with a request that changes nothing. One of `"refuse"`, `"utf8"`,
            `"escape"`.
        recv_window_ms: Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60,000.
        broker_id: Bybit: the broker id, sent as `X-Referer`.

    Raises:
        MisuseError: `invalid_configuration`, with a hint that names the field and the rule.

    >>> import venuekey
    >>> signer = venuekey.parts.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    >>> signer
    Signer(bybit mainnet)
    >>> request = signer.sign("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"})
    >>> request, request.url
    (HttpRequest(GET signed_request, safe), 'https://api.bybit.com/v5/account/wallet-balance?accountType=UNIFIED')
    >>> reply = venuekey.parts.HttpResponse(200, b'{"retCode": 0, "result": {"totalEquity": "3.50"}}')
    >>> signer.receive_response(reply).json()
    {'totalEquity': '3.50'}
    """
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
        >>> signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
        >>> order = {"market": "BTC_USDT", "side": "buy", "amount": Decimal("0.010"), "price": "9000"}
        >>> json.loads(signer.sign("POST", "/api/v4/order/new", order).body)["amount"]
        '0.010'
        """

class SignedReply:
    """The reply to a signed request that succeeded. It is the user's data: keep it out of logs."""
    def json(self) -> Any:
        """The payload as Python's values; a number with a point or an exponent is a `Decimal`, to the digit.

        >>> import venuekey
        >>> signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
        >>> response = venuekey.parts.HttpResponse(200, b'{"BTC": {"available": "0.10"}, "rate": 1.50}')
        >>> signer.receive_response(response).json()
        {'BTC': {'available': '0.10'}, 'rate': Decimal('1.50')}
        """

class KeyWatch:
    """What a host knows of a key's lifecycle: enough to say when to check it next. It holds no secret; keep its
    `to_text`, or rebuild it from what you store.

    A check is a signed probe (`Signer.probe`). A key in use needs none: each signed request that the venue
    accepts counts as one, see `used`.

    Args:
        venue: One of `"whitebit"`, `"bybit"`.
        seed: Any number from 0 to 4294967295, another one for each key, so that a fleet's looks do not fall
            together; left out, a random one. Keep it with the rest.

    >>> import venuekey
    >>> watch = venuekey.parts.KeyWatch("whitebit", 1_790_000_000_000, seed=4711)
    >>> look = watch.next_check(now_ms=1_790_000_000_000)
    >>> look.reason, (look.at_ms - watch.issued_at_ms) / 86_400_000 < 7
    ('inactivity', True)
    >>> signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    >>> try:  # a week later, with the reply to the probe
    ...     proof = signer.receive_probe(venuekey.parts.HttpResponse(401, b'{"code": 0, "message": "?"}'))
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
    >>> nonces = venuekey.parts.Nonces.reserve(0, 100, venue_now_ms=1_790_000_000_000, nonce_window=True)
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

class AccountRead:
    """The next page of a read, made by one of `Client`'s reads. Immutable and without a secret; the same page
    can be requested again.

    One of `Client`'s `read_` methods makes it; `records` and `pages` do the asking.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> read = client.read_spot_balances(ticker="BTC")
    >>> read, read.request(venuekey.parts.Tokens(access_token="access", expires_at_ms=1_790_000_300_000))
    (AccountRead(whitebit global spot_balances), HttpRequest(POST read_spot_balances, safe))
    >>> page = read.receive(venuekey.parts.HttpResponse(200, b'{"BTC": {"available": "0.10", "freeze": "0"}}'))
    >>> page, page.records
    (Page(1 record), (SpotBalance(ticker='BTC', available=Decimal('0.10'), freeze=Decimal('0')),))
    """
    def receive(self, response: HttpResponse) -> Page[RecordT_co]:
        """What the venue answered to `request`: a `Page` with the new records and the read after it.

        Raises:
            ReauthorizeError: `token_rejected`: refresh once.
            MisuseError: `request_rejected` (`venue_text` names the field), `not_supported`, `history_too_long`.
            UnavailableError: `rate_limited`, `venue_unavailable` (ask again), `venue_refused`.
            ProtocolError: `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit).
        """

    def receive_signed(self, response: HttpResponse) -> Page[RecordT_co]:
        """What the venue answered to `sign`: a `Page` with the new records and the read after it.

        The errors mean what they mean for `Signer.receive_response`.

        Raises:
            UnavailableError: `nonce_rejected` and `clock_rejected` (sign again), `rate_limited`, `venue_unavailable`
                (ask again).
            ReauthorizeError: `key_rejected`.
            UserActionError: `permission_denied`.
            MisuseError: `request_rejected` (`venue_text` names the field), `signature_rejected`, `ip_not_allowed`,
                `history_too_long`.
            ProtocolError: `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit).
        """
