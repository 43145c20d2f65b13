"""The routes in FastAPI.

>>> app.include_router(router(connections, owner=current_user_id))  # doctest: +SKIP
"""

import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

import fastapi

from ..connections import AsyncConnections, Connections
from ..connections._arguments import check_callables
from ._asgi import answered, body_of, raw_headers, request_of
from ._options import WebOptions
from ._routes import Routes

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["router"]

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All of them come here, so that one answer says which are allowed."""
# For the type checker's eyes: whatever FastAPI takes as a dependency.
_Owner = Callable[..., Union[Optional[str], Awaitable[Optional[str]]]]


def router(
    connections: Union[AsyncConnections, Connections],
    *,
    owner: _Owner,
    prefix: str = "/connections",
    **options: "Unpack[WebOptions]",
) -> fastapi.APIRouter:
    """A router with the routes, for `app.include_router`. They are not in the app's OpenAPI schema.

    Args:
        owner: a dependency that gives your own name for the user who is logged in, or `None`: a function of the
            request, or of your other dependencies (`Annotated[User, Depends(current_user)]`). If it raises an
            `HTTPException`, that is the answer.
        prefix: where the routes are.
        options: as of `WebOptions`.

    Raises:
        MisuseError: `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
    """
    check_callables(owner=owner)
    routes = Routes(connections, prefix, **options)
    made = fastapi.APIRouter(prefix=prefix, include_in_schema=False)
    depends: Any = fastapi.Depends(_dependency(owner))

    async def respond(request: fastapi.Request, user: Optional[str] = depends) -> fastapi.Response:
        scope = request.scope
        path, root = scope["path"], scope.get("root_path", "").rstrip("/")
        whole = path if f"{path}/".startswith(f"{root}/") else root + path
        below = scope["path_params"].get("path")
        mount = whole if below is None else whole[: len(whole) - len(below) - 1]
        given = request_of(scope, mount, f"/{below or ''}", await body_of(request.receive), user)
        response = await answered(connections, routes, given)
        made = fastapi.Response(response.body, response.status)
        made.raw_headers = raw_headers(response)
        return made

    if prefix:
        made.add_api_route("", respond, methods=_METHODS, name="venuekey")
    made.add_api_route("/{path:path}", respond, methods=_METHODS, name="venuekey_route")
    return made


def _dependency(owner: _Owner) -> _Owner:
    """FastAPI takes a parameter without a type for one of the query: a plain function of the request has none."""
    parameters = inspect.signature(owner).parameters.values()
    if [each.annotation for each in parameters] != [inspect.Parameter.empty]:
        return owner

    def of_request(request: fastapi.Request) -> Union[Optional[str], Awaitable[Optional[str]]]:
        return owner(request)

    async def of_request_awaited(request: fastapi.Request) -> Optional[str]:
        found = owner(request)
        return await found if inspect.isawaitable(found) else found

    return of_request_awaited if inspect.iscoroutinefunction(owner) else of_request
