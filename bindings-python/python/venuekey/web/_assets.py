"""The style sheet and the script, each with an address that changes with its bytes."""

from __future__ import annotations

import hashlib
from importlib import resources

from ._options import Options
from ._request import Request, Response

FOREVER = "public, max-age=31536000, immutable"


class Assets:
    def __init__(self, options: Options) -> None:
        style = "" if options.replaces_stylesheet else _file("style.css")
        self._files = {
            "style.css": ("text/css; charset=utf-8", (style + options.stylesheet).encode()),
            "page.js": ("text/javascript; charset=utf-8", _file("page.js").encode()),
        }
        self._versions = {name: hashlib.sha256(body).hexdigest()[:16] for name, (_, body) in self._files.items()}

    def url(self, mount: str, name: str) -> str:
        return f"{mount}/assets/{name}?v={self._versions[name]}"

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def response(self, request: Request, name: str) -> Response:
        type_, body = self._files[name]
        # Another version's address gets this one's bytes, and no one keeps them under it.
        kept = FOREVER if request.query == f"v={self._versions[name]}" else "no-cache"
        headers = [("content-type", type_), ("cache-control", kept), ("x-content-type-options", "nosniff")]
        return Response(200, headers, body)


def _file(name: str) -> str:
    return (resources.files("venuekey.web") / "assets" / name).read_text(encoding="utf-8")
