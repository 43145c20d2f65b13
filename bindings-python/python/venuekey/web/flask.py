"""The routes in Flask.

>>> app.register_blueprint(blueprint(connections, owner=lambda request: session.get("user")))  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional
from urllib.parse import urlencode

import flask
from werkzeug.datastructures import Headers

from ..connections import Connections
from ..connections._arguments import check_callables, wrong
from ._options import WebOptions, named
from ._request import MOST_BODY, Request, whole
from ._routes import Routes, answer

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["blueprint"]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""All of them come here, so that one answer says which are allowed."""


def blueprint(
    connections: Connections,
    *,
    owner: Callable[[flask.Request], Optional[str]],
    prefix: str = "/connections",
    name: str = "venuekey",
    **options: Unpack[WebOptions],
) -> flask.Blueprint:
    """A blueprint with the routes, for `app.register_blueprint`.

    Args:
        owner: your own name for the user who is logged in; `None` if nobody is. Called within the request, so it may
            use Flask's `session` and `g`.
        prefix: where the routes are.
        name: the blueprint's, for `url_for(f"{name}.routes")`.
        options: as of `WebOptions`.

    Raises:
        MisuseError: `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
    """
    if not isinstance(connections, Connections):
        raise wrong(f"blueprint takes Connections, not {type(connections).__name__}")
    check_callables(owner=owner)
    routes = Routes(connections, prefix, **options)
    of = flask.Blueprint(name, __name__, url_prefix=prefix or None)

    def respond(path: str) -> flask.Response:
        given = flask.request
        whole = given.script_root + given.path
        request = Request(
            method=given.method,
            path=f"/{path}",
            mount=whole[: len(whole) - len(path) - 1],
            query=given.query_string.decode("latin-1"),
            headers={name.lower(): value for name, value in given.headers.items()},
            body=_body(given),
            owner=named(owner(given)),
        )
        response = answer(connections, routes.respond(request))
        made = flask.Response(response.body, response.status)
        # All of them are ours: its own would say of HEAD that the page has no length.
        made.headers = Headers(response.headers)
        return made

    of.add_url_rule("/", "routes", respond, defaults={"path": ""}, methods=_METHODS, provide_automatic_options=False)
    of.add_url_rule("/<path:path>", "route", respond, methods=_METHODS, provide_automatic_options=False)
    return of


def _body(request: flask.Request) -> bytes:
    if request.content_length is None or request.content_length > MOST_BODY:
        body = request.stream.read(MOST_BODY + 1)
    else:
        # Somebody may have read the form already: written as a browser does it, it is as long as it was.
        body = request.get_data() or urlencode([*request.form.items(multi=True)], safe="*").replace("~", "%7E").encode()
    # Below a server that says where the body ends, Flask takes half of one for all of it.
    return whole(body, request.headers.get("content-length"))
