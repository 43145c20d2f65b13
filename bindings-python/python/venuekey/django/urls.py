"""The web routes, for the `Connections` that `VENUEKEY_CONNECTIONS` names.

>>> urlpatterns = [path("connections/", include("venuekey.django.urls"))]  # doctest: +SKIP

`routes` makes the same with options: `path("connections/", include(routes(popup=True)))`.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Callable, Optional

from django.core.exceptions import ImproperlyConfigured
from django.db import connections as databases
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from ..connections import Connections
from ..connections._arguments import check_callables
from ..web import MOST_BODY, Request, Routes, answer
from ..web._options import WebOptions, named
from ..web._request import CUT_OFF, whole
from ._setting import NAME, found

if TYPE_CHECKING:
    from typing_extensions import Unpack

if TYPE_CHECKING:
    urlpatterns: list[URLPattern]

__all__ = ["app_name", "routes", "urlpatterns", "user_id"]

app_name: str = "venuekey"


def user_id(request: HttpRequest) -> Optional[str]:
    """The primary key of the user who is logged in."""
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def routes(
    connections: Optional[Connections] = None,
    *,
    owner: Callable[[HttpRequest], Optional[str]] = user_id,
    **options: Unpack[WebOptions],
) -> list[URLPattern]:
    """URL patterns to include below a path of your own.

    Args:
        connections: left out, those of the setting.
        owner: your own name for the user who is logged in; `None` if nobody is.
        options: as of `venuekey.web.WebOptions`.

    Raises:
        ImproperlyConfigured: the setting names no `Connections`.
        MisuseError: `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
    """
    used = found() if connections is None else connections
    if not isinstance(used, Connections):
        raise ImproperlyConfigured(f"venuekey.django.urls needs Connections; {NAME} names AsyncConnections")
    check_callables(owner=owner)
    own = Routes(used, **options)

    # The routes see to CSRF themselves, by a cookie of their own.
    @csrf_exempt
    def respond(request: HttpRequest, path: str) -> HttpResponse:
        response = answer(used, own.respond(_given(request, path, named(owner(request)))))
        sent = HttpResponse(response.body, status=response.status)
        for name, value in response.headers:
            if name.lower() == "set-cookie":
                cookies: SimpleCookie = SimpleCookie(value)
                sent.cookies.update(cookies)
            else:
                sent[name] = value
        return sent

    # The store's transactions are none of Django's anyway.
    for alias in databases:
        respond = non_atomic_requests(alias)(respond)
    return [re_path(r"^(?P<path>(?s:.*))$", respond, name="routes")]


def _given(request: HttpRequest, path: str, owner: Optional[str]) -> Request:
    try:
        body = whole(request.read(MOST_BODY + 1), str(request.META.get("CONTENT_LENGTH") or ""))
    except UnreadablePostError:
        # Whoever sent it has gone.
        body = CUT_OFF
    return Request(
        method=request.method or "GET",
        path=f"/{path}",
        mount=request.path[: len(request.path) - len(path) - 1],
        query=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        owner=owner,
    )


def __getattr__(name: str) -> list[URLPattern]:
    # Made when Django includes them, for whoever imports `routes` alone.
    if name == "urlpatterns":
        return routes()
    raise AttributeError(name)
