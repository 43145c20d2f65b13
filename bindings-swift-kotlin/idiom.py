"""What uniffi generates, in the idiom of Kotlin and Swift; called by generate.sh.

    python3 idiom.py FOLDER     with kotlin/ and swift/ in it

- What an object knows is a property: each method whose comment ends with `[property]`.
- What only the generated code needs is not public, and there is no second type beside each class.
- What is one of a few words prints as it is written in every language, `api_key` (Kotlin; in Swift it is the case's `name`).
- What clashes with names of a platform's own has another (`CLASHES`).
- A time has its language's own type beside the number (`expiresAt` beside `expiresAtMs`), in a file of their own.

It fails where uniffi's next release writes these lines in another way.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

MACHINERY = r"(?:FfiConverter|Uniffi|uniffi|RustBuffer|NoHandle)\w*"
PROPERTY = r"(?:\n *\*)?\n *\* \[property\](\n *\*/\s*)"
# The JDK has an HttpRequest, an HttpResponse and a Flow, kotlinx.coroutines another Flow; JDBC a Connection, Android an
# Intent.
CLASHES = {
    "Connection": "VenueConnection",
    "Flow": "VenueFlow",
    "HttpRequest": "VenueRequest",
    "HttpResponse": "VenueResponse",
    "Intent": "VenueIntent",
}
# As many buffers as one call may have, by Crossing.kt.
ARGUMENTS = 16
UNITS = {"Ms": "milliseconds", "S": "seconds", "Us": "microseconds"}


def replaced(pattern: str, by: str | Callable[[re.Match[str]], str], text: str) -> str:
    made, count = re.subn(pattern, by, text, flags=re.M)
    if count == 0:
        sys.exit(f"idiom.py: what uniffi generates has changed: {pattern}")
    return made


def kotlin(text: str) -> str:
    # The defaults stand in the interface, which nobody needs; one for each class.
    interface = r"^(?:/\*\*(?:(?!\*/)[\s\S])*\*/\n)?public interface (\w+)Interface \{\n([\s\S]*?)^\}\n"
    for name, body in re.findall(interface, text, re.M):
        for head in re.findall(r"^    fun (`\w+`\(.* = .*\)): ", body, re.M):
            bare = re.sub(r" = [^,()]+", "", head)
            start = text.index(f"class {name}: ")
            at = text.index("fun " + bare, start)
            text = text[:at] + text[at:].replace(bare, head, 1)
    text = replaced(interface, "", text)
    text = replaced(
        r"^open class (\w+): Disposable, AutoCloseable, \w+Interface$", r"class \1: Disposable, AutoCloseable", text
    )
    text = replaced(r"override fun (`\w+`\()", r"fun \1", text)
    text = replaced(PROPERTY + r"fun (`\w+`)\(\)(: .*) \{$", r"\1val \2\3 get() {", text)
    # Of an error each case has them.
    text = replaced(r"^( *)val (`details`: ErrorDetails)$", r"\1override val \2", text)
    text = replaced(r"val (`details`: ErrorDetails) get\(\) \{\n[\s\S]*?^    \}$", r"abstract val \1", text)
    for name in ("code", "flow", "recovery"):
        text = replaced(
            rf"(val `{name}`: .*) get\(\) \{{\n[^{{}}]*\{{[^{{}}]*venuekeyerror_{name}\([^{{}}]*\}}[^{{}}]*\}}$",
            rf"\1 get() = `details`.`{name}`",
            text,
        )
    text = replaced(rf"^(?:public )?((?:open )?(?:interface|object|class|fun) {MACHINERY})", r"internal \1", text)
    text = replaced(r"^    (constructor\((?:withHandle|noHandle): )", r"    internal \1", text)
    text = replaced(r"^    protected (val (?:handle|cleanable): )", r"    private \1", text)
    text = replaced(r"^    ((?:val|fun) uniffi\w+)", r"    internal \1", text)
    text = replaced(r"^    (companion object ErrorHandler )", r"    internal \1", text)
    # But for HTTP's methods, whose names are what goes over the wire.
    text = replaced(
        r"^((?:internal )?enum class (?!HttpMethod\b)\w+ \{\n(?:(?!^\})[\s\S])*?;\n)(?:\s*\n)*(    companion object\n\})",
        r"\1\n    override fun toString(): kotlin.String = name.lowercase()\n\n\2",
        text,
    )
    for name, other in CLASHES.items():
        text = replaced(rf"\b{name}\b", other, text)
    return crossing(text)


def crossing(text: str) -> str:
    """Buffers and outcomes are ours (Crossing.kt): uniffi's are structures that JNA copies field by field."""
    text = replaced(r'^@Structure\.FieldOrder\("capacity", "len", "data"\)\n[\s\S]*?^\}\n', "", text)
    text = replaced(r'^@Structure\.FieldOrder\("code", "error_buf"\)\n[\s\S]*?^\}\n', "", text)
    text = replaced(r'rbuf\.writeField\("len", (.*)\)$', r"rbuf.fill(\1)", text)
    made = r"^    external fun ffi_venuekey_ffi_rustbuffer_alloc\([^)]*\): RustBuffer\.ByValue$"
    text = replaced(made, "    external fun venuekey_ffi_buffer_new(size: Long): Long", text)
    freed = r"^    external fun ffi_venuekey_ffi_rustbuffer_free\([^)]*\): Unit$"
    text = replaced(freed, "    external fun venuekey_ffi_buffer_free(start: Long, size: Long)", text)
    for arguments in re.findall(r"^    external fun (.*)$", text, re.M):
        if arguments.count("RustBuffer.ByValue") > ARGUMENTS:
            sys.exit(f"idiom.py: too many buffers for Crossing.kt: {arguments}")
    return text


def swift(text: str) -> str:
    text = replaced(PROPERTY + r"((?:(?:open|public) )?)func (`?\w+`?)\(\) +-> (.*?) *(\{?)$", property_of_swift, text)
    text = replaced(r"^open class (\w+): \w+Protocol, ", r"public final class \1: ", text)
    text = replaced(
        r"^(?:/\*\*(?:(?!\*/)[\s\S])*\*/\n)?public protocol \w+Protocol: AnyObject, Sendable \{\n[\s\S]*?^\}\n",
        "",
        text,
    )
    text = replaced(r"^open (func|var) ", r"public \1 ", text)
    text = replaced(rf"^( *)public ((?:struct|func|protocol) {MACHINERY})", r"\1\2", text)
    text = replaced(r"^    public (init\(noHandle: )", r"    \1", text)
    text = replaced(r"^extension FfiConverter\w+ \{\n[\s\S]*?^\}", lambda found: found[0].replace("public ", ""), text)
    return replaced(r"^    required public (init\(unsafeFromHandle )", r"    \1", text)


def property_of_swift(found: re.Match[str]) -> str:
    comment, words, name, kind, body = found.groups()
    return f"{comment}{words}var {name}: {kind} {body or '{ get }'}"


def members(text: str, case: str, field: str) -> list[tuple[str, str, str, bool]]:
    """Each number that is a time: the type it is of, its comment, its name, and whether it can be absent."""
    found, owner, inner = [], "", ""
    for match in re.finditer(rf"{case}|(?:/\*\*(?P<comment>(?:(?!\*/)[\s\S])*)\*/\s*)?{field}", text, re.M):
        if match["type"]:
            owner, inner = match["type"], ""
        elif match["case"]:
            inner = "." + match["case"]
        else:
            found.append((owner + inner, match["comment"] or "", match["name"], bool(match["absent"])))
    return found


def times(language: str, text: str) -> str:
    if language == "kotlin":
        case = r"^(?:data |sealed )?class (?P<type>\w+)|^    data class (?P<case>\w+)\("
        field = r"val `(?P<name>\w+(?:Ms|S|Us))`: kotlin\.Long(?P<absent>\?)?"
    else:
        case = r"^(?:public final class|public struct|public enum) (?P<type>\w+)|(?P<case>\b\B)"
        field = r"public (?:let|var) (?P<name>\w+(?:Ms|S|Us)): Int64(?P<absent>\?)?"
    made = []
    for owner, comment, number, absent in members(text, case, field):
        name, unit = re.fullmatch(r"(\w+?)(Ms|S|Us)", number).groups()  # type: ignore[union-attr]
        # By its comment: `in Unix milliseconds`, or `in milliseconds`.
        is_moment = re.search(r"Unix\s[*\s]*(milli|micro)?seconds", comment) is not None
        if not is_moment and "seconds" not in comment:
            sys.exit(f"idiom.py: {owner}.{number} does not say its unit")
        # The venue's own text of it has the name; the drivers are for our own half.
        if (owner, name) != ("KeyProof", "expiresAt") and not owner.endswith("Driver"):
            made.append(TIME[language](owner, name, number, UNITS[unit], is_moment, "?" if absent else ""))
    return HEAD[language] + "".join(made)


def time_in_kotlin(owner: str, name: str, number: str, unit: str, is_moment: bool, absent: str) -> str:
    kind = "Instant" if is_moment else "Duration"
    value = f"{number}{absent}.{unit}" + ("After1970" if is_moment else "")
    return f"\n/** [{owner}.{number}] as {kind}. */\npublic val {owner}.{name}: {kind}{absent}\n    get() = {value}\n"


def time_in_swift(owner: str, name: str, number: str, unit: str, is_moment: bool, absent: str) -> str:
    kind = "Date" if is_moment else "TimeInterval"
    value = f"{number}.map {{ {kind}({unit}: $0) }}" if absent else f"{kind}({unit}: {number})"
    return f"\nextension {owner} {{\n    /// `{number}` as {kind}.\n    public var {name}: {kind}{absent} {{ {value} }}\n}}\n"


TIME = {"kotlin": time_in_kotlin, "swift": time_in_swift}
HEAD = {
    "kotlin": """\
@file:JvmName("Times")

package io.github.venuekey

import java.time.Instant
import java.time.temporal.ChronoUnit
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private val Long.millisecondsAfter1970: Instant get() = Instant.ofEpochMilli(this)

// What a venue says may be further away than an Instant goes.
private val Long.secondsAfter1970: Instant
    get() = Instant.ofEpochSecond(coerceIn(Instant.MIN.epochSecond, Instant.MAX.epochSecond))

private val Long.microsecondsAfter1970: Instant get() = Instant.EPOCH.plus(this, ChronoUnit.MICROS)
""",
    "swift": """\
import Foundation

extension Date {
    fileprivate init(milliseconds number: Int64) { self.init(timeIntervalSince1970: Double(number) / 1e3) }
    fileprivate init(seconds number: Int64) { self.init(timeIntervalSince1970: Double(number)) }
    fileprivate init(microseconds number: Int64) { self.init(timeIntervalSince1970: Double(number) / 1e6) }
}

extension TimeInterval {
    fileprivate init(milliseconds number: Int64) { self = Double(number) / 1e3 }
    fileprivate init(seconds number: Int64) { self = Double(number) }
}
""",
}


def main(folder: Path) -> None:
    places = {"kotlin": folder / "kotlin/io/github/venuekey/venuekey.kt", "swift": folder / "swift/Venuekey.swift"}
    for language, path in places.items():
        text = {"kotlin": kotlin, "swift": swift}[language](path.read_text())
        if "[property]" in text:
            sys.exit("idiom.py: what is a property has arguments or can fail")
        path.write_text(text)
        path.with_name(f"Times{path.suffix}").write_text(times(language, text))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
