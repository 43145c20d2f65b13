import secrets

from django.contrib import auth
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import include, path
from venuekey.django.urls import routes

from accounts import connections


def login(request: HttpRequest) -> HttpResponse:
    """In your app: with a password. Here whoever comes is a new user."""
    if not request.user.is_authenticated:
        auth.login(request, User.objects.create_user(secrets.token_hex()))
    return redirect("/connections/")


def account(request: HttpRequest, client: str) -> HttpResponse:
    """What the exchange says to a request that is signed with the user's key."""
    for view in connections.find(str(request.user.pk)):
        if view.client == client and view.status == "connected":
            mine = connections.account(view.id, owner=view.owner)
            if client == "whitebit":
                return JsonResponse(mine.call("POST", "/api/v4/trade-account/balance").json())
            return JsonResponse(mine.call("GET", "/v5/user/query-api").json())
    raise Http404


urlpatterns = [
    path("login", login),
    path("account/<client>", account),
    path("connections/", include(routes(login_url="/login"))),
]
