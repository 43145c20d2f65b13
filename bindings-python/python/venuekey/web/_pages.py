"""From views to HTML, by code alone: the same views give the same bytes in every language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Optional
from urllib.parse import quote

from .._native import CREATE_SUBACCOUNT
from ..connections._arguments import wrong
from ._words import Says, Words, beside, is_ours, is_under_way, short

if TYPE_CHECKING:
    from ..connections import ConnectionView


@dataclass(frozen=True)
class Page(Words):
    """One page's place and powers: every link and form on it is made of these."""

    mount: str
    csrf: str
    style_url: str
    script_url: str
    popup: bool
    layout: Optional[Callable[[str, str], str]]

    # Pages

    def connections(self, views: Sequence[ConnectionView], offered: Sequence[str]) -> str:
        """All of a user's, and what else can be connected."""
        told = [(view, self.says(view)) for view in views]
        body = [self._card(view, says, "h2") for view, says in told if says.shown]
        if not body:
            body.append(_line("p", "soft", self.text("page.connections.text")))
        body += [self._offer(client) for client in offered]
        watches = any(says.moves for _, says in told)
        return self._whole(self.text("page.connections.title"), body, watches=watches)

    def connection(self, view: ConnectionView, closes: bool) -> str:
        """One of them. A pop-up that has done what it was for closes itself."""
        says = self.says(view)
        body = [self._card(view, says, ""), self._back()]
        if closes:
            body.insert(0, _line("p", "soft", self.text("page.pop_up.text")))
        title = self.text("page.connection.title", view.client)
        return self._whole(title, body, watches=says.moves, closes=closes)

    def message(self, name: str, text: str = "", then: str = "", back: str = "") -> str:
        """A page for what is not a connection."""
        body = [_line("p", "", text or self.text(f"page.{name}.text"))]
        if then:
            body.append(_line("p", "then", then))
        return self._whole(self.text(f"page.{name}.title"), [*body, self._back(back)])

    def _whole(self, title: str, body: list[str], *, watches: bool = False, closes: bool = False) -> str:
        assets = (
            f'<link rel="stylesheet" href="{_escaped(self.style_url)}">\n'
            f'<script src="{_escaped(self.script_url)}" defer></script>\n'
        )
        if watches:
            assets += '<noscript><meta http-equiv="refresh" content="3"></noscript>\n'
        marks = (" data-watch" if watches else "") + (" data-close" if closes else "")
        main = f"<h1>{_escaped(title)}</h1>\n" + "".join(body)
        if self.layout is not None:
            whole: object = self.layout(title, f'{assets}<div class="venuekey"{marks}>\n{main}</div>\n')
            if not isinstance(whole, str):
                raise wrong(f"page must return a str, not {type(whole).__name__}")
            return whole
        return (
            f'<!doctype html>\n<html lang="{_escaped(self.texts.get("lang", "en"))}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{_escaped(title)}</title>\n{assets}</head>\n"
            f'<body class="venuekey-page">\n<main class="venuekey"{marks}>\n{main}</main>\n</body>\n</html>\n'
        )

    # Parts

    def _card(self, view: ConnectionView, says: Says, heading: str) -> str:
        venue, environment = self.venue(view.client), self.environment(view)
        title = f"{venue} {environment}" if environment else venue
        if view.label is not None:
            title = f"{title}: {view.label}"
        # A damaged row's may be anything.
        id = _escaped(view.id)
        named = f'aria-labelledby="title-{id}"' if heading else f'aria-label="{_escaped(title)}"'
        lines = [f'<article class="card" id="connection-{id}" data-state="{_escaped(says.state)}" {named}>\n']
        head = f'<h2 id="title-{id}">{_escaped(title)}</h2>' if heading else ""
        badge = " ".join(filter(None, ["badge", says.style]))
        lines.append(f'<div class="head">{head}<span class="{badge}">{_escaped(says.label)}</span></div>\n')
        lines.append(f'<div role="status"><p data-text>{_escaped(says.text)}</p></div>\n')
        attempt = [_line("p", "then", says.then) if says.then else "", self._choices(view), self._paste(view)]
        if beside(view):
            attempt += _actions(self._attempt_actions(view))
            lines += [self._facts(view), '<div class="attempt">\n', *attempt, "</div>\n"]
        else:
            lines += [attempt[0], self._facts(view), *attempt[1:]]
        return "".join([*lines, *_actions(self._actions(view)), "</article>\n"])

    def _facts(self, view: ConnectionView) -> str:
        if view.status == "ended":
            return ""
        facts = [("uid", view.uid), ("key", None if view.key_id is None else short(view.key_id))]
        rows = [
            f"<dt>{_escaped(self.text(f'label.{name}'))}</dt><dd><code>{_escaped(value)}</code></dd>\n"
            for name, value in facts
            if value is not None
        ]
        return "<dl>\n" + "".join(rows) + "</dl>\n" if rows else ""

    def _choices(self, view: ConnectionView) -> str:
        if view.choices is None:
            return ""
        options = [(each.id, each.nickname or each.id) for each in view.choices.subaccounts]
        if view.choices.may_create:
            options.append((CREATE_SUBACCOUNT, self.text("button.create_account", view.client)))
        boxes = "".join(
            f'<label class="choice"><input type="radio" name="account_id" value="{_escaped(id)}" required>'
            f"<span>{_escaped(name)}</span></label>\n"
            for id, name in options
        )
        legend = f'<legend class="unseen">{_escaped(self.text("label.account"))}</legend>\n'
        button = self._button("choose", view.client, "primary")
        return self._form(f"/choose/{view.id}", f"<fieldset>\n{legend}{boxes}</fieldset>\n{button}")

    def _paste(self, view: ConnectionView) -> str:
        if not self.pastes(view):
            return ""
        field = (
            f'<label class="field">{_escaped(self.text("label.code", view.client))}\n'
            f'<input id="code-{view.id}" name="code" required autocomplete="off" autocapitalize="off"'
            ' spellcheck="false"></label>\n'
        )
        return self._form(f"/paste/{view.id}", field + self._button("paste", view.client))

    def _actions(self, view: ConnectionView) -> list[str]:
        status = view.status
        if status == "ended" or view.intent is not None:
            return []
        if status == "quarantined":
            return [self._form(f"/disconnect/{view.id}", self._button("remove", view.client))]
        if status == "awaiting_user":
            return self._waiting(view)
        is_beside, is_failed = beside(view), view.attempt is not None and view.attempt.status == "failed"
        actions = [] if is_beside else self._recover(view)
        if status != "working" and (is_failed or not is_beside):
            actions.append(
                self._reconnect(view, "primary" if status == "needs_user" and not actions and not is_ours(view) else "")
            )
        # Nothing is lost with an attempt that has brought nothing and can't go on.
        if status == "needs_user" and is_failed and view.key_id is None and view.recovery is None:
            return [*actions, self._cancel(view, "dismiss")]
        return [*actions, self._disconnect(view)]

    def _attempt_actions(self, view: ConnectionView) -> list[str]:
        """Of an attempt in front of an account that works."""
        if view.attempt is not None and view.attempt.status == "failed":
            return [*self._recover(view), self._cancel(view, "dismiss")]
        return [] if is_under_way(view) else self._waiting(view)

    def _waiting(self, view: ConnectionView) -> list[str]:
        stop, client = self._cancel(view, "stop"), view.client
        if view.authorize_url is None:
            return [stop]
        return [self._leave(f"/reconnect/{view.id}", client, self._button("continue", client, "primary")), stop]

    def _recover(self, view: ConnectionView) -> list[str]:
        name = f"recovery.{view.recovery}.button"
        if view.recovery is None or name not in self.texts:
            return []
        return [self._form(f"/recover/{view.id}", self._button(name, view.client, "primary"))]

    def _cancel(self, view: ConnectionView, button: str) -> str:
        """Calls the attempt off, and nothing that works."""
        return self._form(f"/cancel/{view.id}", self._button(button, view.client))

    def _reconnect(self, view: ConnectionView, style: str) -> str:
        path, client = f"/reconnect/{view.id}", view.client
        if not view.replaces_key:
            return self._leave(path, client, self._button("reconnect", client, style))
        form = self._leave(path, client, self._button("confirm_reconnect", client, "danger"))
        return self._details("reconnect", client, self.text("about.replaces_key", client), form)

    def _disconnect(self, view: ConnectionView) -> str:
        of, inside, explain = self.clients.get(view.client), "", self.text("disconnect.explain", view.client)
        if view.key_id is not None and of is not None and of.supports("delete_key"):
            explain += " " + self.text("disconnect.delete_key", view.client)
            inside = (
                '<label class="choice"><input type="checkbox" name="delete_key" value="1">'
                f"<span>{_escaped(self.text('label.delete_key', view.client))}</span></label>\n"
            )
        elif view.key_id is not None:
            explain += " " + self.text("disconnect.keep_key", view.client)
        button = self._button("confirm_disconnect", view.client, "danger")
        form = self._form(f"/disconnect/{view.id}", inside + button)
        return self._details("disconnect", view.client, explain, form)

    def _offer(self, client: str) -> str:
        title, of = self.venue(client), self.clients[client]
        environment = self.texts.get(f"environment.{of.environment}", "")
        title = f"{title} {environment}" if environment else title
        form = self._leave(f"/connect/{_quoted(client)}", client, self._button("connect", client, "primary"))
        return (
            f'<article class="card" aria-label="{_escaped(title)}">\n'
            f'<div class="head"><h2>{_escaped(title)}</h2></div>\n'
            + _line("p", "soft", self.text("about.unapproved", client))
            + f'<div class="actions">\n{form}</div>\n</article>\n'
        )

    def _form(self, path: str, inside: str, more: str = "") -> str:
        csrf = f'<input type="hidden" name="csrf" value="{_escaped(self.csrf)}">'
        return f'<form method="post" action="{_escaped(self.mount + path)}"{more}>{csrf}\n{inside}</form>\n'

    def _leave(self, path: str, client: str, button: str) -> str:
        """A form whose answer leads to the exchange: in another tab where the user comes back with a code by hand."""
        if self.shows_code(client):
            return self._form(path, button, ' target="_blank"')
        if not self.popup:
            return self._form(path, button)
        return self._form(path, '<input type="hidden" name="popup" value="">\n' + button, " data-popup")

    def _button(self, name: str, client: str, style: str = "") -> str:
        given = f' class="{style}"' if style else ""
        return f"<button{given}>{self._label(name, client)}</button>\n"

    def _details(self, name: str, client: str, text: str, form: str) -> str:
        summary = f"<summary>{self._label(name, client)}</summary>\n"
        return f"<details>\n{summary}{_line('p', '', text)}{form}</details>\n"

    def _label(self, name: str, client: str) -> str:
        """A button's words; those who hear only these hear which exchange it is about."""
        label, venue = self.text(name if "." in name else f"button.{name}", client), self.venue(client)
        about = "" if venue in label else f'<span class="unseen">: {_escaped(venue)}</span>'
        return _escaped(label) + about

    def _back(self, to: str = "") -> str:
        label = _escaped(self.text("button.back"))
        return f'<p class="actions"><a class="button" href="{_escaped(self.mount + (to or "/"))}">{label}</a></p>\n'


def _actions(buttons: Sequence[str]) -> list[str]:
    return ['<div class="actions">\n', *buttons, "</div>\n"] if buttons else []


def _line(tag: str, style: str, text: str) -> str:
    given = f' class="{style}"' if style else ""
    return f"<{tag}{given}>{_escaped(text)}</{tag}>\n"


def _escaped(text: str) -> str:
    """As text and inside of an attribute's double quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _quoted(name: str) -> str:
    """A client's name in a path: as JavaScript's `encodeURIComponent`."""
    return quote(name, safe="!'()*~-._")
