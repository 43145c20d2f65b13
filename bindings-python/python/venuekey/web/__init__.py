"""Web routes, ready to mount: users connect, see where their connections stand, and disconnect.

>>> app = wsgi_app(connections, owner=lambda environ: environ["my.user"])  # doctest: +SKIP

`venuekey.web.flask` and `venuekey.web.fastapi` mount them in those; `docs/web.md` has the whole of it.
"""

from ._asgi import asgi_app
from ._options import WebOptions
from ._request import MOST_BODY, Call, Request, Response
from ._routes import Routes, answer, answer_async, security_headers
from ._words import ConnectionText, ErrorText, Texts
from ._wsgi import wsgi_app

__all__ = [
    "MOST_BODY",
    "Call",
    "ConnectionText",
    "ErrorText",
    "Request",
    "Response",
    "Routes",
    "Texts",
    "WebOptions",
    "answer",
    "answer_async",
    "asgi_app",
    "security_headers",
    "wsgi_app",
]
