"""Whether a name of one language is a name of all of them, but for case: `now_ms`, `nowMs`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scan import Declaration

# Records of options: their fields stand for the arguments that Python takes by keyword.
OPTIONS = re.compile(
    r"(Options|Config|Query)$|^(Ambient|AtTime|AtVenueTime|ImportedKey|NoReply|Span|StoredConnection|WithNonce)$"
)

# What each language writes for itself, over what the crate gives.
WRITTEN = ("drive", "call", "freshTokens", "keepTokens", "MemoryStore", "NoResponse", "SaveFailed", "TokensUnsaved")

UNION = "a union's cases are types of their own"
IO = "what waits or sends is written in each language, in its own idiom"
KIND = "JavaScript tells errors apart by `kind`, the others also by a type for each"
UNIFFI_ERROR = "uniffi's errors are unions: what they know is a record in each case"
PLACE = "JavaScript's small records and lists of words are written where they are used"
NATIVE = "kotlin swift"
FRAMEWORKS = "each language has frameworks of its own, and its own requests"

# (languages, what stands there, where the others have it or None, why)
Idiom = tuple[str, str, str | None, str]
IDIOMS: list[Idiom] = [
    ("python", r"^(Send|Save|Wait|Choose|Authorize|Failed|Done)\b", r"Step.\1", UNION),
    ("python", r"^(Outcome\.)?ApiKeyGranted\b", "Outcome.ApiKey", "the class ApiKey is the key itself"),
    ("python", r"^(AccountTokens|TokensRefreshed|KeyChecked|KeyDeleted)\b", r"Outcome.\1", UNION),
    ("python", r"^(TokenPlan\.)?UseTokens\b", "TokenPlan.Use", UNION),
    ("python", r"^(TokenPlan\.)?RefreshTokens\b", "TokenPlan.Refresh", UNION),
    ("python", r"^(WaitUntil|Reauthorize)\b", r"TokenPlan.\1", UNION),
    ("python", r"^(Access\.)?(Key|Later)Access\b", r"Access.\2", UNION),
    ("python", r"^(Access\.)?NoAccess\b", "Access.NeedsUser", UNION),
    ("python", r"^(Access\.)?TokenAccess\b", "Access.Tokens", UNION),
    ("python", r"^PublicKeyProven\b", "PublicKeyAnswer.Proven", UNION),
    ("python", r"^Verdict\.", "KeyVerdict.", UNION),
    ("python", r"^KeyVerdict\.watch$", "KeyVerdict.works.watch", UNION),
    ("python", r"^KeyVerdict\.check_again_at_ms$", "KeyVerdict.unclear.check_again_at_ms", UNION),
    ("python", r"^Verdict$|^KeyVerdict\.name$|^Step\.\w+\.name$", None, UNION),
    ("python", r"^Step\.(Send|Save|Wait)\.flow$", None, "without a sealed type, `flow` is what all steps have"),
    ("typescript", r"^\w+(Step|Outcome)\b|^(UseTokens|RefreshTokens|WaitUntil|Reauthorize)\b", None, UNION),
    ("kotlin swift typescript", r"^Outcome\.Hand_?Off\.handOff$", None, "Python: the class HandOff is the case"),
    ("kotlin swift typescript", r"^PublicKeyAnswer(\.Next(\.probe)?)?$", None, "Python: the next probe is the answer"),
    ("typescript", r"^AnyClient\b", None, "what both entry points' clients have; counted there"),
    ("typescript", r"^KnownErrorCode\b|^ErrorCode\b", None, "the codes as a type, for completion in editors"),
    ("typescript", r"^(AccountRecord|Open|Parameters?)\b", None, "names for unions that have none elsewhere"),
    ("kotlin swift python", r"^(Confirmations|ConvertStep|PartialTransaction|OrderFilter|Transaction(Method|Kind)|MarketCategory)\b",
     None, PLACE),
    ("kotlin swift typescript", r"^(TransactionState|BalanceAccount)\b", None, "Python's records have a venue's words as str"),
    ("python", r"^[A-Z]\w+\.(at|date|time|(created|updated|finished|executed|success)_at)$", None, "a datetime beside the number"),
    (NATIVE, r"^VenueRecord\.\w+\.record$", None, "what is inside is the case itself elsewhere"),
    (NATIVE, r"^Records\b.*", None, "a page's records are a union, as in Rust: uniffi has no generics"),
    (NATIVE, r"^Constants\.", "", "uniffi has no constants"),
    (NATIVE, r"^constants$", None, "uniffi has no constants"),
    (NATIVE, r"^ErrorCode\b.*", None, "uniffi has no tuples"),
    (NATIVE, r"^Header\b.*", None, "uniffi has no tuples, and a header may be a secret"),
    (NATIVE, r"^SealingKey\b.*", None, "uniffi has no tuples, and a record may hold no secret"),
    ("python", r"^Client\.public\b.*", None, "elsewhere it is the entry point, or the build, without a client's secret"),
    (NATIVE, r"^Client\.confidential\(", "Client(", "an app is built without the call that takes the client's secret"),
    (NATIVE, r"^Client\.confidential$", None, "an app is built without the call that takes the client's secret"),
    (NATIVE, r"^FlowStatus\.\w+\.(expiresAtMs|untilMs)$", r"Flow.\1", "a status carries its time, as in Rust"),
    ("python typescript", r"^Snapshot\.(expires_?at_?ms|until_?ms)$",
     None, "Kotlin and Swift: a status carries its time"),
    ("kotlin", r"^(InternalException|Disposable)\b.*", None, "a fault of the library's own, and what `destroy()` closes"),
    ("kotlin", r"^VenueFlow\b", "Flow", "the JDK and kotlinx.coroutines have a Flow"),
    ("kotlin", r"^Venue(Request|Response)\b", r"Http\1", "the JDK has an HttpRequest and an HttpResponse"),
    ("kotlin", r"^VenueConnection\b", "Connection", "JDBC has a Connection"),
    ("kotlin", r"^VenueIntent\b", "Intent", "Android has an Intent"),
    ("kotlin swift python", r"^Connection\.client$", None, "in JavaScript who has a connection has made it with its client"),
    ("kotlin", r"^VenuekeyException\b", "VenuekeyError", "what is thrown is called an exception"),
    (NATIVE, r"^ErrorDetails\.(?!message)", "VenuekeyError.", UNIFFI_ERROR),
    (NATIVE, r"^ErrorDetails(\.message)?$|^VenuekeyError\.(\w+\.)?details$", None, UNIFFI_ERROR),
    (NATIVE, r"^notUnicode\b.*", None, IO),
    ("python", r"^(\w+)Error\b(?<!VenuekeyError)", r"VenuekeyError.\1", KIND),
    ("kotlin swift python", r"^VenuekeyError\.(?i:Misuse|Denied|Rejected|UserAction|Reauthorize|Unavailable|Protocol)\b.*",
     None, KIND),
    ("python", r"^VenuekeyError\(.*", None, "an exception can be made anew, to be pickled"),
    ("typescript", r"^(VenuekeyError|NoResponse|SaveFailed|TokensUnsaved)\.name$", None, "every error has its name"),
    ("python typescript", r"^SignedReply\.json$", None, "JSON is read by the platform's own reader"),
    ("python", r"^__version__$", "VERSION", "the name that Python's packages have"),
    ("kotlin swift typescript", r"^Client\.reissueKey\((responseType|expectedUid)\)$",
     None, "it shares `begin`'s options, and takes `code` only, at a venue that tells no id"),
    ("python", r"^a?(drive|call|pages|records|fresh_tokens|keep_tokens)\b.*", None, IO),
    ("typescript", r"^(drive|call|records|freshTokens|keepTokens|fetchSender|init)\b.*", None, IO),
    ("python typescript", r"^(MemoryStore|TokenStore|NoResponse|SaveFailed|TokensUnsaved|WeakSave)\b.*", None, IO),
    ("kotlin swift typescript", r"^PublicKeyProbe\(nonAscii\)$", None, "it shares a signer's options; its requests are ASCII"),
    ("python", r"^KeyRequest\(.*", None, "elsewhere it is a record, made of its fields"),
    ("typescript", r"^(Clock|Load|Save|Send|Sleep)$", None, IO),
    ("typescript", r"^(OutcomeOf|VenueAndEnvironment)\b", None, "what a flow brings, and a venue's own environments, are told by types"),
    ("typescript python", r"^Client\.(restore|open)\((operation|options)\)$|^RestoreOptions\b", None,
     "types what the restored flow brings"),
]  # fmt: skip


# Of packages beside core's surface, which the languages that have them write by hand: likewise.
PACKAGES: dict[str, list[Idiom]] = {
    "connections": [
        ("python", r"^Async(Connections|Account|History)\b", None, "JavaScript has no other kind"),
        ("python typescript kotlin", r"^(Connections|Account|History)(\.\w+)?\(\w+\)$", None, "keywords in Python, options in JavaScript"),
        (NATIVE, r"^connectLocal\((_ )?\w+\)$", None, "keywords in Python, options in JavaScript"),
        ("python swift", r"^History\.close$", None, "a loop over records is each language's own"),
        ("typescript", r"^History\.(next|return)$", None, "a loop over records is each language's own"),
        ("kotlin", r"^(Connections|Account|History)Blocking\b", None, "the same calls for threads and for Java"),
        ("kotlin", r"^ConnectionView\.asMap$", None, "as Python's as_dict"),
        ("kotlin", r"^History\.(hasNext|next|iterator|asFlow)$", None, "a loop over records is each language's own"),
        ("python", r"^Connections\.working$", None, "in JavaScript `run` itself works beside the rest"),
        ("python kotlin", r"^Event\.(at_?ms|code|key_?id|kind|number)$", None, "JavaScript's has them as a ConnectionEvent"),
        ("python", r"^(ConnectionView|Finding)\.as_dict$", None, "JavaScript's are made of plain values"),
        ("typescript", r"^(Logger|Owned)\b", None, "Python has its standard logging, and keywords"),
        ("typescript", r"^TokenAccess$", None, "Python's is a class that core alone makes"),
        ("typescript", r"^(AmbiguousAccount|ConnectionNotFound|StoreBusy|Trouble)\.name$", None, "every error has its name"),
        ("python", r"^connect_local\((callback_timeout_s|expected_uid|key_request|on_secret_lost)\)$", None, "JavaScript's extend `ConsentOptions`"),
        ("typescript", r"^connectLocal\(logger\)$", None, "Python has its standard logging"),
        ("swift", r"^(Connections|Account)(\.\w+)?\((_ )?\w+\)$", None, "keywords in Python, options in JavaScript"),
        (NATIVE, r"^(Connections\.updates|(Connection|Device)Updates)\b", None, "what an app's screen follows"),
        (NATIVE, r"^(AppBackend|Backend(Connection|Refusal)|DeviceConnection|PendingAttempt)\b", None, "an app's on a phone"),
        ("swift", r"^(AuthenticationSession|Browser|BackendConnection\.connect)\b", None, "Apple's browser session answers the call that opens it"),
        ("swift", r"^ConnectionView\.encode\b", None, "as Python's as_dict"),
        ("swift", r"^(ConnectionLog|LogLevel|Owner)\b", None, "Swift has no logging of its own, and nil is no left out argument"),
        ("swift", r"^Event\.(atMs|code|keyId|kind|number)$", None, "JavaScript's has them as a ConnectionEvent"),
        ("swift", r"^TokenAccess\b", None, "Python's is a class that core alone makes"),
        ("swift", r"^History\.(AsyncIterator|Element|makeAsyncIterator)\b", None, "a loop over records is each language's own"),
        ("swift", r"^HistoryProgress\b", "Progress", "Foundation has a Progress"),
    ],
    "stores": [
        ("python typescript", r"^(SQLite|Postgres)Store\.", None, "what a store does, `Store` says"),
        ("python", r"^(SQLAlchemyStore|tables|upgrade)\b", None, "Node has nothing that is to everybody what SQLAlchemy is"),
        ("python kotlin", r"^Row\b", "ConnectionRow", "their ConnectionRow is a class that core alone makes"),
        ("kotlin", r"^SQLiteStore\(dataSource\)$", "SQLiteStore(path)", "JDBC's"),
        ("kotlin", r"^PostgresStore\(dataSource\)$", "PostgresStore(connection)", "JDBC's"),
        ("kotlin", r"^Store\.await\b", "Store.wait", "the JVM's objects all have a `wait`"),
        ("python", r"^PostgresStore\(conninfo\)$", "PostgresStore(connection)", "as each language's driver calls it"),
        ("typescript", r"^SQLite(Database|Driver)\b|^SQLiteStore\(driver\)$", None, "Python brings SQLite, Node only lately"),
        ("python", r"^Store\.wait\(timeout\)$", "Store.wait(timeoutMs)", "Python's waits are in seconds"),
        ("typescript", r"^Store\.wait\(signal\)$", None, "what gives a wait up is each language's own"),
        ("python typescript", r"^(Store)?Conformance(Subject)?\b|^Test$", None, "a suite is as its language's test runners want it"),
        ("typescript", r"^StoreError\.name$", None, "every error has its name"),
        ("typescript", r"^Durable(ObjectStore|Storage)\b|^Due\b", None, "Cloudflare's objects run JavaScript"),
        (NATIVE, r"^(File|Keychain)(Store|Secrets)\b|^Key(store)?Vault\b|^AppSecrets\b", None, "a desktop's and a device's"),
        ("swift", r"^(C|Nonc)onformance\w*\b", None, "a suite is as its language's test runners want it"),
        ("swift", r"^ConnectionRow\b", None, "core's row, which can be coded"),
    ],
    "web": [
        ("python", r"^(answer(_async)?|[aw]sgi_app|blueprint|router|Routes|Request|Response|Call|MOST_BODY)\b", None, FRAMEWORKS),
        ("kotlin", r"^(Routes|Request|Response|Begins|MOST_BODY|ConnectionsServlet|Route\.connections)\b", None, FRAMEWORKS),
        ("typescript", r"^((express|fastify|hono|next)Routes|webHandler|Owner|(Node|Fastify|Hono|Next)[A-Z]\w*)\b", None, FRAMEWORKS),
    ],
}  # fmt: skip


# What a language does not have, by the other languages' names.
LACKS: dict[str, list[tuple[str, str]]] = {
    "kotlin": [
        (r"^(connect_?local|diagnose|Finding|Trouble)\b", "the command, and what it is made of, are Python's and JavaScript's"),
        (r"^(Texts|ConnectionText|ErrorText|security_?headers)\b", "its pages are the routes' own so far"),
        (r"^Store\.close$", "every object's that can be closed"),
    ],
    "swift": [
        (r"^(connect_?local|diagnose|Finding|Trouble)\b", "the command, and what it is made of, are Python's and JavaScript's"),
        (r"^(SQLite|Postgres)Store\b", "a server brings a store of its own"),
        (r"^(Row|ConnectionRow)\b", "a store has core's row"),
        (r"^StoreError\(", "a record, made of its fields"),
    ],
}  # fmt: skip


def canonical(name: str) -> str:
    return re.sub(r"[^a-z0-9.()]", "", name.lower())


def missing(surfaces: dict[str, list[Declaration]]) -> list[str]:
    """What is written by hand has the same names too, but its arguments are each language's own."""
    problems = []
    for language, surface in surfaces.items():
        there = {canonical(each.name) for each in surface if not each.owner}
        problems += [f"{language} has no {name}" for name in WRITTEN if canonical(name) not in there]
    return problems


def differences(surfaces: dict[str, list[Declaration]], idioms: list[Idiom] = IDIOMS) -> list[str]:
    """Names that some languages have and others have not, and idioms that nobody has any more."""
    used: set[int] = set()
    known = {language: names(language, surface, used, idioms) for language, surface in surfaces.items()}
    problems = []
    for name in sorted(set().union(*known.values())):
        having = [language for language in known if name in known[language]]
        shown = known[having[0]][name]
        if any(language not in having and not lacks(language, shown) for language in known):
            problems.append(f"{shown}: only in {', '.join(having)}; see tests/surface/names.py")
    problems += [f"names.py: no name is like {idiom[1]} any more" for at, idiom in enumerate(idioms) if at not in used]
    return problems


def lacks(language: str, name: str) -> bool:
    return any(re.search(pattern, name, re.I) for pattern, _ in LACKS.get(language, []))


def names(language: str, surface: list[Declaration], used: set[int], idioms: list[Idiom]) -> dict[str, str]:
    """Each name by its canonical form."""
    found = {}
    for name in flat(surface):
        common = shaped(language, name, used, idioms)
        if common is not None:
            found[canonical(common)] = name
    return found


def shaped(language: str, name: str, used: set[int], idioms: list[Idiom] = IDIOMS) -> str | None:
    """Where the other languages have it."""
    for at, (languages, pattern, put, _) in enumerate(idioms):
        if language in languages.split() and re.search(pattern, name, re.I):
            used.add(at)
            if put is None:
                return None
            name = re.sub(pattern, put, name, flags=re.I)
    return name


def flat(surface: list[Declaration]) -> Iterator[str]:
    fields: dict[str, list[str]] = {}
    for each in surface:
        if each.kind == "value":
            fields.setdefault(each.owner, []).append(each.name)
    for each in surface:
        if OPTIONS.search(each.owner or each.name):
            continue
        path = f"{each.owner}.{each.name}" if each.owner and each.kind != "constructor" else each.name
        yield path
        for parameter in each.parameters:
            if each.kind == "case":
                yield f"{path}.{parameter.name}"
                continue
            records = [type_ for type_ in re.findall(r"\w+", parameter.type) if OPTIONS.search(type_)]
            inline = re.findall(r"readonly (\w+)\??:", parameter.type)
            inside = [name for record in records for name in fields.get(record, [])] + inline
            for name in inside or [parameter.name]:
                yield f"{path}({name})"
