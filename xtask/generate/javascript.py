"""What core's types are in JavaScript, for both halves of its binding; and where one differs on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from core import Core, Enum, Field, Function, Record, bare

# Classes although their fields are public: they have calls, or show less than they hold.
CLASSES_WITH_FIELDS = ("KeyProof", "KeyWatch")
# Made of an object of options: of all its fields, or of what its `new` takes.
MADE_OF_OPTIONS = ("KeyWatch", "Tokens")
# Values of JavaScript's own, and what the compiled half makes of them by hand.
VALUES = ("Entropy", "ExternalId", "Header", "Page", "Started", "VenuekeyError")
# Both halves by hand: taking a nonce changes the value.
CLASSES_BY_HAND = ("Nonces",)
# They cross as words, and what a case carries is a getter beside them.
STATUSES = ("FlowStatus",)

# Calls that the compiled half has by hand, or not at all.
BY_HAND = {
    "Client.drive_tokens": "patience may be without an end",
    "Client.keep_tokens": "beside the former",
    "Connection.client": "whoever has a connection has made it with one",
    "FlowDriver.new": "a step is a plain object in JavaScript",
    "HttpResponse.new": "with its headers",
    "HttpResponse.with_header": "see `new`",
    "KeyWatch.new": "of all its fields",
    "SealingKeys.new": "pairs do not cross",
    "Secret.ct_eq": "JavaScript has the text by `expose`",
    "Secret.is_empty": "likewise",
    "Secret.len": "likewise",
    "Tokens.with_site": "one of the options",
}


@dataclass(frozen=True)
class Shape:
    """How a call's TypeScript differs: `through` is what its result is handed on to, `options` the type of more."""

    generics: str = ""
    takes: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    through: str = ""
    options: str = ""


# What is written by hand, and where in ts/.
HOME = {
    "VenuekeyError": "errors",
    "ErrorCode": "codes",
    **dict.fromkeys(("Page", "Parameters"), "json"),
    **dict.fromkeys(("FlowStatus", "VenueAndEnvironment"), "names"),
    **dict.fromkeys(("Opaque", "own", "publish", "shown", "unwrap"), "opaque"),
    **dict.fromkeys(("Ambient", "AtTime", "NoReply", "WithNonce"), "options"),
    "AccountRecord": "records",
    **dict.fromkeys(("OutcomeOf", "RestoreOptions", "forOperation", "step"), "steps"),
}

# What a flow brings and what a read has are known to the types: by the owner's parameter, or where it is made.
BRINGS = "Brings extends Outcome = Outcome"
KEY = "Key extends Outcome = ApiKeyOutcome | HandOffOutcome"
GENERIC = {
    "Client": KEY,
    "Flow": BRINGS,
    "Step": BRINGS,
    "Started": BRINGS,
    "AccountRead": "R = AccountRecord",
    "Page": "R = AccountRecord",
}
OF_OPERATION = {
    "generics": "Operation extends FlowOperation = FlowOperation",
    "returns": "Flow<OutcomeOf<Operation, Key>>",
    "through": "forOperation",
    "options": "RestoreOptions<Operation>",
}
# What a store has given.
STORED = {"text": "string | null | undefined"}
SHAPES = {
    "AccountRead.with_nonce": Shape(takes={"nonce_ms": "number"}),
    "AccountRead.receive": Shape(through="json.page"),
    "AccountRead.receive_signed": Shape(through="json.page"),
    "Client.begin": Shape("Wanted extends Goal", {"goal": "Wanted"}, "Started<OutcomeOf<Wanted, Key>>"),
    "Client.check_key": Shape(returns="Step<KeyCheckedOutcome>"),
    "Client.delete_key": Shape(returns="Step<KeyDeletedOutcome>"),
    "Client.open": Shape(**OF_OPERATION),
    "Client.refresh_tokens": Shape(returns="Step<TokensRefreshedOutcome>"),
    "Client.reissue_key": Shape(returns="SaveStep<ApiKeyOutcome>"),
    "Client.restore": Shape(takes=STORED, **OF_OPERATION),
    "Client.restore_connection": Shape(takes=STORED),
    "Client.restore_tokens": Shape(takes=STORED),
    "Client.switch_subaccount": Shape(returns="Step<ApiKeyOutcome>"),
    "Flow.receive_callback": Shape(returns="SaveStep<Brings>"),
    "Flow.receive_pasted_code": Shape(returns="SaveStep<Brings>"),
    "PublicKeyProbe.new": Shape(takes={"config": "SignerOptions"}),
    "Signer.sign": Shape(takes={"parameters": "Parameters"}),
}
# Public names that differ.
NAMES = {
    "Client": "AnyClient",
    "ClientOptions": "PublicClientConfig",
    "TokenPlan.Use": "UseTokens",
    "TokenPlan.Refresh": "RefreshTokens",
}
# Calls of the server's Client alone.
ON_SERVERS = ("Client.accept_hand_off", "Client.begin_connection_by_hand_off")
# Arguments that are taken by name although they must be given.
BY_NAME = ("budget", "context", "keys")
# What is drawn where it is left out.
DRAWN = {"seed": "check.seed"}
# What a constructor takes, and what the compiled half is given.
CONSTRUCTORS = {
    "HttpResponse": (
        "status: number, body: Uint8Array, headers: Iterable<readonly [string, string]> = []",
        'check.number(status, "status"), check.bytes(body, "body"), check.flatHeaders(headers)',
    ),
    "RateBudget": (
        "options: { readonly shareOf?: number | undefined } = {}",
        'check.number(check.options(options, ["shareOf"]).shareOf ?? 1, "shareOf")',
    ),
    "SealingKeys": ("keys: readonly (readonly [id: string, key: Uint8Array])[]", "...check.sealingKeys(keys)"),
}
# Members that core has not.
ADDED = {
    "SignedReply": """\
  /**
   * The payload as JavaScript's values. Both venues write amounts as strings; what they write as a number is subject to
   * JavaScript's precision: if that matters, parse `payload` with a reader of your own.
   */
  json(): unknown {
    return JSON.parse(this.payload);
  }""",
}
# What core's doc comments say in other languages' words.
SPELT = {
    "share one between threads": "share one",
    "`Client::drive_tokens`": "`freshTokens`",
    "`now_ms`": "`nowMs`",
}
# What is said in the place of core's words, and what is said besides.
DOCUMENTS = {
    "AccountRead": "{} `records` runs one to its end.",
    "Client": "{} `Key` is what a connection for a key brings.",
    "Client.restore": "{}\n\n`invalid_argument` if the store has given nothing, or a flow for another `operation`.",
    "ClientConfig": "What a server's client is made from. Without a secret, it is the `Client` of `venuekey`.",
    "ClientConfig.client_secret": "{} Keep it on a server.",
    "HttpRequest": "{} `fetchSender` keeps this contract.",
    "HttpResponse.new": "{} Headers are pairs, or a `Headers`.",
    "KeyWatch.new": "",
    "KeyWatchOptions": "What a host knows of a key's lifecycle.",
    "KeyWatchOptions.seed": "{} From 0 to 4294967295; left out, a random one. Keep it with the rest.",
    "PublicClientConfig": "What a client is made from, in the user's own hands: it has no secret.",
    "Secret": "Text that must not be seen: it describes itself as `Secret(…)`, in JSON and consoles too.",
    "Secret.new": "Wraps text that the host has kept.",
    "SharedTokens": "{}\n\n`freshTokens` does all of it.",
    "Signer": "{} In a browser, only for a key that is the user's own.",
    "Signer.sign": "{} `call` does, and reads the reply.",
    "SignerConfig": "What a signer is made from.",
    "SignerOptions": "Everything of a signer but its key. A key of one environment is unknown in another.",
    "TokensOptions": "What tokens from the host's store are made of.",
    "TokensOptions.site": "As `Tokens.site` gave it; left out, the environment's own API.",
}


@dataclass(frozen=True)
class Types:
    """Each of core's types by what it is in JavaScript."""

    core: Core
    classes: list[Record]
    # Loops without their I/O, which ts/ runs.
    drivers: list[Record]
    # Plain objects on their way out, and objects of options on their way in.
    plain: list[Record]
    options: list[Record]
    # Plain objects with a `name`.
    unions: list[Enum]
    # What crosses as a word: out, and in as an option.
    words: list[str]
    asked: list[str]

    def calls(self, owner: Record) -> list[Function]:
        return [each for each in owner.methods if not each.is_getter and f"{owner.name}.{each.name}" not in BY_HAND]

    def getters(self, owner: Record) -> list[tuple[Field, str]]:
        """Each with where core has it: as a field, as what a call gives, or in a status."""
        listed = [(each, f"&core.{each.name}") for each in owner.fields]
        for each in owner.methods:
            if each.is_getter and f"{owner.name}.{each.name}" not in BY_HAND:
                listed += [(Field(each.name, each.result, each.doc), f"core.{each.name}()")]
                parts = self.core.enums[each.result].methods if each.result in STATUSES else ()
                listed += [
                    (Field(part.name, part.result, part.doc), f"core.{each.name}().{part.name}()")
                    for part in parts
                    if part.name != "as_str"
                ]
        return listed

    def reached(self, owner: Record) -> set[str]:
        """The classes that its results are, or have in them."""
        inside = {each.name: [*each.fields] for each in [*self.plain, self.core.records["Page"]]}
        inside |= {each.name: [one for case in each.cases for one in case.fields] for each in self.unions}
        inside["Started"] = results(self.core.records["Started"])
        given = [each for each in results(owner) if f"{owner.name}.{each.name}" not in BY_HAND]
        waiting = [*given, *(each for each, _ in self.getters(owner))]
        for each in waiting:
            waiting += inside.pop(bare(each.type), [])
        return {bare(each.type) for each in waiting} & {each.name for each in self.classes} - {owner.name}


def types(core: Core) -> Types:
    records = [each for name, each in core.records.items() if name not in (*VALUES, *CLASSES_BY_HAND)]
    data = [*core.account_records, *core.queries]
    options = taken(core, data)
    drivers = [each for each in records if each.name.endswith("Driver")]
    classes = [each for each in records if not each.fields and each not in drivers or each.name in CLASSES_WITH_FIELDS]
    plain = [each for each in records if each not in [*data, *options, *drivers, *classes]]
    unions = [each for each in core.enums.values() if any(case.fields for case in each.cases)]
    unions = [each for each in unions if each.name not in (*STATUSES, "Credentials")]
    spelt = [
        each.name for each in core.enums.values() if each.is_choice or any(m.name == "as_str" for m in each.methods)
    ]
    told = [each.result for owner in [*classes, *drivers] for each in owner.methods]
    told += [each.type for owner in [*classes, *plain] for each in owner.fields]
    told += [each.type for union in unions for case in union.cases for each in case.fields]
    words = {*map(bare, told)} & {"ErrorCode", "ExternalId", *(each.name for each in core.names), *spelt}
    asked = {bare(each.type) for owner in options for each in owner.fields} & {each.name for each in core.choices}
    return Types(core, classes, drivers, plain, options, unions, sorted(words), sorted(asked))


def taken(core: Core, data: list[Record]) -> list[Record]:
    """Records that calls take by their fields, and those inside of them."""
    waiting = [each.type for owner in core.records.values() for call in owner.methods for each in call.arguments]
    found = [made_of(core.records[name]) for name in MADE_OF_OPTIONS]
    for name in waiting:
        record = core.records.get(bare(name)) if "&" not in name else None
        if record and record.fields and record not in [*found, *data]:
            found += [record]
            waiting += [each.type for each in record.fields]
    return found


def made_of(owner: Record) -> Record:
    new = next(each for each in owner.methods if each.name == "new")
    more = tuple(each for call in completing(owner) for each in call.arguments)
    return replace(owner, fields=owner.fields or (*new.arguments, *more))


def completing(owner: Record) -> list[Function]:
    """What else a value made of options is given once it is there."""
    return [each for each in owner.methods if each.name.startswith("with_") and owner.name in MADE_OF_OPTIONS]


def results(owner: Record) -> list[Field]:
    return [Field(each.name, each.result, each.doc) for each in owner.methods]


def is_by_name(argument: Field) -> bool:
    """Times, randomness, and what may be left out; besides what is listed."""
    listed = argument.name in BY_NAME or argument.name.endswith("_ms") or "Option<" in argument.type
    return listed or bare(argument.type) in ("Entropy", "Delivery") or bare(argument.type).endswith("Options")
