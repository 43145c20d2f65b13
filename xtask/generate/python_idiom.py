"""Where Python differs from core on purpose: names, what is written by hand, and how values are shown."""

from __future__ import annotations

# Records that are keyword arguments, beside those whose name says that they are options.
FLATTENED = {"ImportedKey", "StoredConnection"}

# What the package offers of its modules that are written by hand.
PUBLIC = {
    ".": ("senders",),
    "._call": ("acall", "call"),
    "._drive": ("adrive", "drive"),
    "._errors": ("NoResponse", "SaveFailed", "TokensUnsaved", "VenuekeyError", "WeakSave"),
    "._page": ("Page",),
    "._reads": ("apages", "arecords", "pages", "records"),
    "._store": ("MemoryStore",),
    "._tokens": ("afresh_tokens", "akeep_tokens", "fresh_tokens", "keep_tokens"),
    "._types": ("Step",),
    "._unions": ("Access", "Outcome", "TokenPlan"),
}

# Objects of the everyday package, `venuekey` itself; the others are parts.
ROOT = {"Client", "KeyRequest", "SealingKeys", "Secret", "SignedReply"}

# Types without a generated class: written by hand, arguments alone, or Python's own.
NO_CLASS = {
    "Credentials", "Entropy", "ExternalId", "FlowDriver", "Header", "Nonces", "Page", "Secret", "VenuekeyError",
}  # fmt: skip

# Calls and getters that are written by hand beside the generated ones, or that Python has not.
BY_HAND = {
    # Configurations as keyword arguments of Python's own.
    "Client.new", "HttpResponse.new", "KeyWatch.new", "SealingKeys.new",
    # What `load` gave may be `None`, an operation is named for the type checker, a `HandOff` is taken as it is.
    "Client.restore", "Client.open", "Client.restore_tokens", "Client.accept_hand_off", "TokenDriver.loaded",
    # Python's own values: mappings, dataclasses, pairs.
    "Signer.sign", "AccountRead.receive", "AccountRead.receive_signed", "HttpRequest.headers", "HttpResponse.with_header",
    # The drivers are the loops' own, which make them.
    "Client.drive_tokens", "Client.keep_tokens", "TokenDriver.stop",
    "BatchItem.__repr__", "PermissionGroup.__repr__",
}  # fmt: skip

# A union's case is a class of its own; one of these has another name, or is the object that it carries.
CASES = {
    "Access.Key": "KeyAccess",
    "Access.Later": "LaterAccess",
    "Access.NeedsUser": "NoAccess",
    "Access.Tokens": "TokenAccess",
    "Outcome.ApiKey": "ApiKeyGranted",
    "Outcome.HandOff": None,
    "PublicKeyAnswer.Next": None,
    "PublicKeyAnswer.Proven": "PublicKeyProven",
    "TokenPlan.Refresh": "RefreshTokens",
    "TokenPlan.Use": "UseTokens",
}

# Those that are arguments too.
TAKEN_BACK = {"Step"}

# What Python's functions do together.
TOGETHER = {"Client::drive_tokens": "fresh_tokens", "Client::keep_tokens": "keep_tokens"}

# Private ones.
CLASSES = {"ConnectionDriver": "_ConnectionDriver", "TokenDriver": "_TokenDriver"}

# What a flow brings is known to type checkers by these parameters, and by what these return.
GENERIC = {
    "AccountRead": "RecordT_co",
    "Client": "KeyT_co",
    **dict.fromkeys(("Flow", "Started", "Step"), "OutcomeT_co"),
}
TYPES = {
    "ConnectionDriver.action": "str",
    "Client.check_key": "Step[KeyChecked]",
    "Client.delete_key": "Step[KeyDeleted]",
    "Client.refresh_tokens": "Step[TokensRefreshed]",
    "Client.reissue_key": "Save[ApiKeyGranted]",
    "Client.resume_read": "AccountRead[Any]",
    "Client.switch_subaccount": "Step[ApiKeyGranted]",
    "Done.outcome": "OutcomeT_co",
    "Flow.choose": "Save[OutcomeT_co]",
    "KeyVerdict.name": "Verdict",
    "PublicKeyProbe.receive": "PublicKeyProven | PublicKeyProbe",
    # Where the loop asks for them, they are there.
    "TokenDriver.plan": "UseTokens | None",
    "TokenDriver.snapshot": "Snapshot",
    "TokenDriver.until_ms": "int",
}

# Arguments with another name, those from which on all are by keyword, and options that a call does not take.
ARGUMENTS = {"delivery": "not_sent"}
BY_KEYWORD = {"budget", "context", "sent_at_ms"}
# (`None`: they are core's default; else what stands in their place).
LEFT_OUT: dict[str, dict[str, str | None]] = {
    "Client.reissue_key": {"response_type": None, "expected_uid": None},
    "PublicKeyProbe.new": {
        "api_key": "key.0.api_key().clone()",
        "api_secret": "key.0.api_secret().clone()",
        "non_ascii": "venuekey::parts::NonAscii::Refuse",
    },
}
# What an argument is where it is left out, beside what options are in core.
DEFAULTS = {"share_of": "1"}
# Arguments that an operating system can fill, in the order of the others and then these.
CLOCKS = {"now_ms", "nonce_ms", "venue_now_ms"}

# A secret text that is given as plain text.
EXPOSED = {"authorize_url"}

# What has no equality in core is opaque: it shows what core's `Debug` shows, and can't be pickled. So are these.
OPAQUE = {"SignedReply"}

# What stands between the brackets of other classes' `repr`, by attribute; `!r` has quotes. Of those that are not here,
# it is all numbers, texts and flags.
SHOWN = {
    "AccountTokens": "{tokens}, uid={uid}",
    "ApiKeyGranted": "{key}, {tokens}",
    "Authorize": "{flow}",
    "Choose": "subaccounts={subaccounts}, may_create={may_create}, creation_in_doubt={creation_in_doubt}",
    "Done": "{outcome}",
    "Failed": "{error.code}, recovery={recovery}",
    "KeyAccess": "{key}",
    "LaterAccess": "until_ms={until_ms}",
    "NoAccess": "{error}",
    "TokenAccess": "generation {generation}",
    "GrantedPermission": "{name!r}, {granted} granted",
    "KeyChecked": "{status}, {tokens}",
    "KeyDeleted": "{tokens}",
    "KeyProof": "is_permitted={is_permitted}, uid={uid}",
    "KeyStatus": "{decision}, external_id={external_id}",
    "KeyWatch": "{venue!r}, {issued_at_ms}, seed={seed}",
    "PermissionUrl": "{url!r}, enable={enable}",
    "PublicKeyProven": "{key}, {proof}",
    "RateLimit": "{name}: {requests} in {window_ms} ms",
    "Reauthorize": "{error}",
    "RefreshTokens": "{request}",
    "Save": "{next}",
    "Send": "{request}",
    "Subaccount": "{id!r}, nickname={nickname}",
    "TokensRefreshed": "{tokens}",
    "UseTokens": "generation {generation}",
    "Wait": "{reason}, until_ms={until_ms}",
    "WaitUntil": "until_ms={until_ms}",
}
