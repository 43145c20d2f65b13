"""Connect a user's crypto-exchange account through the exchange's own consent screen.

venuekey does no I/O: it says what to send and what an answer means. `Client.begin` gives the URL of
the consent page and a flow to store; the callback's URL gives the first step; `drive` (or `adrive`)
runs the steps with your `send` and your `save`:

>>> import venuekey
>>> client = venuekey.Client(
...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
...     redirect_uri="https://partner.example/callback",
... )
>>> store = venuekey.MemoryStore()
>>> started = client.begin("api_key")
>>> store.save(started.pending.snapshot())  # then send the browser to started.authorize_url
True

When the browser comes back:

>>> def on_callback(flow_id: str, url: str) -> venuekey.ApiKeyGranted:
...     step = client.restore(store.load(flow_id)).receive_callback(url)
...     return venuekey.drive(step, send=venuekey.senders.httpx_sender(), save=store.save).outcome

Tokens stay alive across many workers by `Client.share_tokens` and `fresh_tokens`, called before each request.

With the key, a `Signer` signs requests to the venue's private API, and `call` (or `acall`) sends one and reads the
reply; `Nonces` are for several workers with one WhiteBIT key.

Times are Unix milliseconds. Values (but `Nonces`) are immutable, all safe to share between threads. What carries a
secret has a redacted `repr`, can't be pickled, and shows its text only through `expose()` or the
attributes of a request or reply.
"""

from . import senders
from ._call import acall, call
from ._drive import adrive, drive
from ._errors import (
    DeniedError,
    MisuseError,
    NoResponse,
    ProtocolError,
    ReauthorizeError,
    RejectedError,
    SaveFailed,
    TokensUnsaved,
    UnavailableError,
    UserActionError,
    VenuekeyError,
    WeakSave,
)
from ._native import (
    CREATE_SUBACCOUNT,
    ERROR_CODES,
    MAX_BODY_BYTES,
    MAX_SNAPSHOT_BYTES,
    MAX_TOKEN_BYTES,
    SNAPSHOT_VERSION,
    AccountTokens,
    ApiKey,
    ApiKeyGranted,
    Choose,
    Client,
    ClockOffset,
    Done,
    Failed,
    Flow,
    GrantedPermission,
    HandOff,
    HttpRequest,
    HttpResponse,
    KeyChecked,
    KeyDeleted,
    KeyProof,
    KeyStatus,
    Nonces,
    PermissionGroup,
    PermissionUrl,
    Reauthorize,
    RefreshTokens,
    Save,
    SealingKeys,
    Secret,
    Send,
    SharedTokens,
    SignedReply,
    Signer,
    Snapshot,
    Started,
    Subaccount,
    Tokens,
    TokensRefreshed,
    UseTokens,
    Wait,
    WaitUntil,
    __version__,
    code_challenge_s256,
)
from ._store import MemoryStore
from ._tokens import afresh_tokens, akeep_tokens, fresh_tokens, keep_tokens
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
    ResponseType,
    SecretLost,
    Step,
    TokenPlan,
    Venue,
    WaitReason,
)

__all__ = [
    "CREATE_SUBACCOUNT",
    "ERROR_CODES",
    "MAX_BODY_BYTES",
    "MAX_SNAPSHOT_BYTES",
    "MAX_TOKEN_BYTES",
    "SNAPSHOT_VERSION",
    "AccountTokens",
    "ApiKey",
    "ApiKeyGranted",
    "Choose",
    "Client",
    "ClockOffset",
    "DeniedError",
    "Done",
    "Environment",
    "ErrorKind",
    "Failed",
    "Flow",
    "FlowOperation",
    "FlowStatus",
    "Goal",
    "GrantedPermission",
    "HandOff",
    "HttpMethod",
    "HttpRequest",
    "HttpResponse",
    "KeyChecked",
    "KeyDecision",
    "KeyDeleted",
    "KeyProof",
    "KeyStatus",
    "MemoryStore",
    "MisuseError",
    "NoResponse",
    "Nonces",
    "Outcome",
    "PermissionGroup",
    "PermissionUrl",
    "ProtocolError",
    "Reauthorize",
    "ReauthorizeError",
    "Recovery",
    "RefreshTokens",
    "RejectedError",
    "Replay",
    "ResponseType",
    "Save",
    "SaveFailed",
    "SealingKeys",
    "Secret",
    "SecretLost",
    "Send",
    "SharedTokens",
    "SignedReply",
    "Signer",
    "Snapshot",
    "Started",
    "Step",
    "Subaccount",
    "TokenPlan",
    "Tokens",
    "TokensRefreshed",
    "TokensUnsaved",
    "UnavailableError",
    "UseTokens",
    "UserActionError",
    "Venue",
    "VenuekeyError",
    "Wait",
    "WaitReason",
    "WaitUntil",
    "WeakSave",
    "__version__",
    "acall",
    "adrive",
    "afresh_tokens",
    "akeep_tokens",
    "call",
    "code_challenge_s256",
    "drive",
    "fresh_tokens",
    "keep_tokens",
    "senders",
]
