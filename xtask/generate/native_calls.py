"""Kotlin and Swift: objects, and what they know and do."""

from __future__ import annotations

import re
from dataclasses import replace

from core import Field, Function
from native import APART, CHECKS, LEFT_OUT, OBJECTS, Native

# What takes the client's secret: in a server's build alone.
SERVER = ("Client.accept_hand_off", "Client.begin_connection_by_hand_off")
# Arguments that can be left out: for the operating system's, or for these values.
AMBIENT = {"now_ms": "ambient::now(now_ms)?", "nonce_ms": 'ambient::at(nonce_ms, "nonce_ms")?'}
DEFAULTS = {"share_of": "1", "parameters": '"{}"', "scope": "[]", "not_sent": "false"}
LEFT_OUT_MEANS = {
    ("now_ms",): "`now_ms` is Unix milliseconds; left out, the operating system's clock.",
    ("now_ms", "nonce_ms"): (
        "`now_ms` is Unix milliseconds, `nonce_ms` likewise by the venue's clock; left out, the operating system's clock."
    ),
    ("nonce_ms",): "`nonce_ms` is Unix milliseconds by the venue's clock; left out, the operating system's clock.",
    ("entropy",): "`entropy` is 64 random bytes, never used twice; left out, the operating system's.",
    ("entropy", "now_ms"): (
        "`entropy` is 64 random bytes, never used twice, and `now_ms` Unix milliseconds; left out, they are the "
        "operating system's."
    ),
}


class Calls(Native):
    def objects(self) -> list[str]:
        lines = []
        for name in OBJECTS:
            record = self.core.records[name]
            calls = [each for each in record.methods if f"{name}.{each.name}" not in LEFT_OUT]
            given = {argument.name for each in calls for argument in each.arguments}
            meant = LEFT_OUT_MEANS.get(tuple(each for each in ("entropy", *AMBIENT) if each in given))
            lines += ["", *self.doc("\n\n".join(filter(None, [record.doc, meant])))]
            lines += ["#[derive(Clone, uniffi::Object)]", "#[uniffi::export(Debug, Display)]"]
            lines += [f"pub struct {name}(pub(crate) venuekey::parts::{name});", "", f"opaque!({name});"]
        return lines

    def calls(self, of: tuple[str, ...]) -> list[str]:
        lines = []
        for name in of:
            record = self.core.records[name]
            lines += ["", "#[uniffi::export]", f"impl {name} {{"]
            for field in record.fields:
                lines += self.property(field.name, field.type, field.doc, f"(&self.0.{field.name})")
            for method in record.methods:
                lines += self.call(name, method) if self.place(name, method) is None else []
            lines += ["}"]
        return lines

    def apart(self, owner: str, folder: str) -> list[str]:
        calls = [each for each in self.core.records[owner].methods if self.place(owner, each) == folder]
        return self.added(owner, calls)

    def server(self) -> list[str]:
        calls = [each for each in self.core.records["Client"].methods if self.place("Client", each) == "server"]
        return self.added("Client", calls)

    def added(self, owner: str, calls: list[Function]) -> list[str]:
        return ["#[uniffi::export]", f"impl {owner} {{", *(line for each in calls for line in self.call(owner, each)), "}"]

    def place(self, owner: str, method: Function) -> str | None:
        """Where a call stands that is not with its object; "" where it is in no generated file."""
        if f"{owner}.{method.name}" in LEFT_OUT or method in self.completing(owner):
            return ""
        if f"{owner}.{method.name}" in SERVER:
            return "server"
        folder = method.module.split("/")[0]
        return folder if (owner, folder) in APART.values() else None

    def property(self, name: str, type_: str, doc: str, value: str) -> list[str]:
        signature = f"pub fn {name}(&self) -> {self.type(type_)} {{"
        return ["", *self.doc(doc), '#[doc = "[property]"]', signature, f"{value}.cross()", "}"]

    def call(self, owner: str, method: Function) -> list[str]:
        if method.is_getter:
            return self.property(method.name, method.result, method.doc, f"self.0.{method.name}()")
        method = self.completed(owner, method)
        taken = [self.taken(each) for each in method.arguments]
        values = [value for _, _, _, value in taken]
        # As one writes them: what the host is, and what is seldom said, comes last.
        taken.sort(key=lambda each: ["entropy", *AMBIENT, "not_sent"].index(each[0]) if each[0] in LAST else -1)
        left_out = [f"{name} = {default}" for name, _, default, _ in taken if default]
        given = "".join(f", {name}: {kind}" for name, kind, _, _ in taken)
        fails = method.fails or any("?" in value for value in values)
        what = "constructor" if method.is_static else "method"
        result = "Self" if method.is_static else self.type(method.result, owner)
        lines = ["", *self.doc(self.told(method))]
        if method.is_static or left_out:
            lines += [f"#[uniffi::{what}(default({', '.join(left_out)}))]" if left_out else f"#[uniffi::{what}]"]
        whole = f"{'' if method.is_static else '&self'}{given}".removeprefix(", ")
        lines += [f"pub fn {method.name}({whole}) -> {f'Result<{result}, VenuekeyError>' if fails else result} {{"]
        at = f"venuekey::parts::{owner}::" if method.is_static else "self.0."
        more = self.completing(owner) if method.name == "new" else []
        own = len(values) - len(more)
        called = f"{at}{method.name}({', '.join(values[:own])}){'?' if method.fails else ''}"
        called += "".join(f".{each.name}({value})" for each, value in zip(more, values[own:], strict=True))
        made = f"Self({called})" if method.is_static else f"{called}.cross()"
        return [*lines, f"Ok({made})" if fails else made, "}"]

    def completing(self, owner: str) -> list[Function]:
        """Calls that complete what core's `new` has begun: here they are arguments of it, one each."""
        calls = [each for each in self.core.records[owner].methods if f"{owner}.{each.name}" not in LEFT_OUT]
        has_new = any(each.name == "new" for each in calls)
        return [each for each in calls if has_new and each.name.startswith("with_") and not each.fails]

    def completed(self, owner: str, method: Function) -> Function:
        if method.name != "new":
            return method
        more = [each for call in self.completing(owner) for each in call.arguments]
        told = [replace(each, doc=f"as [`{owner}::{each.name}`] gave it.") for each in more]
        return replace(method, arguments=(*method.arguments, *told))

    def told(self, method: Function) -> str:
        listed = [f"- `{self.taken(each)[0]}`: {each.doc}" for each in method.arguments if each.doc]
        errors = method.errors
        if errors and not errors.startswith("Throws"):
            errors = f"Throws {errors[0].lower()}{errors[1:]}"
        return "\n\n".join(part for part in (method.doc, *listed, errors) if part)

    def taken(self, argument: Field) -> tuple[str, str, str, str]:
        """Its name here, its type, what stands in its place where it is left out, and how it enters core."""
        name, type_ = argument.name, argument.type
        default = DEFAULTS.get(name, "")
        inside = re.sub(r"^Option<(.*)>$", r"\1", type_)
        bare = inside.lstrip("&")
        if name in AMBIENT:
            return name, "Option<i64>", "None", AMBIENT[name]
        if type_ == "&Entropy":
            return name, "Option<Vec<u8>>", "None", f"&ambient::entropy({name})?"
        if type_ == "Delivery":
            return "not_sent", "bool", DEFAULTS["not_sent"], "not_sent.into()"
        if bare in self.options_of and not self.is_left_out(bare):
            return name, bare, "", f"{'&' if inside != bare else ''}{name}.into_core()?"
        if type_ in self.options_of:
            return name, f"Option<{type_}>", "None", f"{name}.unwrap_or_default().into_core()?"
        if type_ == "LostSecretPolicy":
            return name, f"Option<{type_}>", "None", f"{name}.unwrap_or_default()"
        if bare in (*OBJECTS, "Secret", "Self"):
            return self.object(name, inside, is_optional=inside != type_)
        if bare == "VenuekeyError":
            return name, bare, "", f"&{name}.to_core()?"
        if bare in {each.name for each in self.joined}:
            return name, bare, "", f"{name}.into_core()?"
        if bare in ("str", "ExternalId"):
            return name, "String", default, f"&{name}" if bare == "str" else f"&ambient::external_id({name})?"
        check = CHECKS.get(inside)
        if check and inside == type_:
            return name, "i64", default, f'{check}({name}, "{name}")?'
        if check:
            return name, "Option<i64>", "None", f'{name}.map(|number| {check}(number, "{name}")).transpose()?'
        return name, type_, default or ("None" if inside != type_ else ""), name

    def object(self, name: str, inside: str, is_optional: bool) -> tuple[str, str, str, str]:
        """Core borrows it, or is given what is shared here."""
        kind, is_lent = inside.lstrip("&"), inside.startswith("&")
        if is_optional:
            held = f"{name}.as_ref().map(|{name}| &{name}.0)" if is_lent else f"{name}.map(|{name}| {name}.0.clone())"
            return name, f"Option<Arc<{kind}>>", "None", held
        return name, f"&{kind}", "", f"&{name}.0" if is_lent else f"{name}.0.clone()"


LAST = ("entropy", *AMBIENT, "not_sent")
