"""Names in the type system: unions to match on, and the strings that stand for choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Union

from ._native import (
    AccountTokens,
    ApiKeyGranted,
    Authorize,
    Choose,
    Done,
    Failed,
    HandOff,
    KeyChecked,
    KeyDeleted,
    Reauthorize,
    RefreshTokens,
    Save,
    Send,
    TokensRefreshed,
    UseTokens,
    Wait,
    WaitUntil,
)

Outcome = Union[ApiKeyGranted, AccountTokens, TokensRefreshed, KeyChecked, KeyDeleted, HandOff]
"""What a finished operation brought. Each but the `HandOff` of a public WhiteBIT client has `tokens`."""

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    OutcomeT = TypeVar("OutcomeT", bound=Outcome, default=Outcome)
    OutcomeT_co = TypeVar("OutcomeT_co", bound=Outcome, covariant=True, default=Outcome)
    # What a key's connection ends with, here or at the backend that has the secret.
    KeyT_co = TypeVar(
        "KeyT_co", bound=Union[ApiKeyGranted, HandOff], covariant=True, default=Union[ApiKeyGranted, HandOff]
    )
    Step = Union[
        Send[OutcomeT],
        Save[OutcomeT],
        Wait[OutcomeT],
        Choose[OutcomeT],
        Authorize[OutcomeT],
        Failed[OutcomeT],
        Done[OutcomeT],
    ]
    """One turn of the loop: do what it says, then ask the successor for the next."""
else:
    Step = Union[Send, Save, Wait, Choose, Authorize, Failed, Done]

TokenPlan = Union[UseTokens, RefreshTokens, WaitUntil, Reauthorize]
"""What a worker may do with shared tokens now."""

Venue = Literal["whitebit", "bybit"]
VenueEnvironment = Literal["global", "eu", "mainnet", "testnet"]
Goal = Literal["api_key", "account_tokens"]
ResponseType = Literal["code", "token"]
FlowOperation = Literal[
    "account_tokens", "api_key", "refresh_tokens", "check_key", "delete_key", "reissue_key", "switch_subaccount"
]
FlowStatus = Literal["awaiting_callback", "ready", "awaiting_choice", "in_flight", "waiting", "done", "failed"]
WaitReason = Literal["key_not_ready", "secret_locked", "rate_limited", "venue_trouble", "refresh_unanswered"]
Recovery = Literal["poll_longer", "try_again", "choose_again", "ask_again", "delete_key"]
LostSecretPolicy = Literal["report", "delete_and_report"]
Replay = Literal["safe", "never", "once_only"]
NonAscii = Literal["refuse", "utf8", "escape"]
HttpMethod = Literal["GET", "POST", "DELETE"]
KeyDecision = Literal["start_flow", "already_active", "delete_in_dashboard"]
CheckReason = Literal["inactivity", "revocation", "expiry"]
Verdict = Literal["works", "disabled", "gone", "expired", "unclear"]
TransactionMethod = Literal["deposit", "withdrawal"]
OrderFilter = Literal["all", "filled", "canceled", "partially_filled"]
ReadKind = Literal["transactions", "converts", "orders", "deals", "main_balances", "spot_balances"]
ErrorKind = Literal["misuse", "denied", "rejected", "user_action", "reauthorize", "unavailable", "protocol"]
