"""Arguments that are not what a loop takes, told before anything is sent: afterwards it would cost a reply."""

from __future__ import annotations

import inspect
from typing import Any

from . import senders
from ._native import Authorize, Choose, Done, Failed, Flow, Save, Send, Started, Wait

_STEPS = (Send, Save, Wait, Choose, Authorize, Failed, Done)
_NOT_STEPS = {
    Flow: "give it flow.resume(), or what receive_callback or choose returned",
    Started: "send the browser to its authorize_url; what receive_callback returns is the first step",
}


def check_step(step: object) -> None:
    if not isinstance(step, _STEPS):
        help = next((f": {text}" for kind, text in _NOT_STEPS.items() if isinstance(step, kind)), "")
        raise TypeError(f"expected a step, such as receive_callback or resume return, not {_named(step)}{help}")


def check_functions(asynchronous: str | None = None, **given: Any) -> None:
    """Each is a function; with `asynchronous`, the name of the twin for coroutine functions, it is none of those."""
    for name, function in given.items():
        if any(function is getattr(senders, each) for each in senders.__all__):
            raise TypeError(f"{name} is {function.__name__} itself; call it: {name}={function.__name__}()")
        if not callable(function):
            raise TypeError(f"{name} must be a function, not {_named(function)}")
        if asynchronous and inspect.iscoroutinefunction(function):
            raise TypeError(f"{name} is a coroutine function: use {asynchronous}")


def _named(given: object) -> str:
    return "None" if given is None else type(given).__name__
