"""Steps in the type system: what a flow brings is known from its first call to its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ._native import ApiKeyGranted, Authorize, Choose, Done, Failed, HandOff, Save, Send, Wait
from ._unions import Outcome

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
    """One turn of the loop: do what it says, then give the result to its successor."""
else:
    Step = Union[Send, Save, Wait, Choose, Authorize, Failed, Done]
