from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from venuekey.django.urls import routes, user_id

from accounts import connections


@login_required(login_url="/admin/login/")
def balance(request: HttpRequest) -> JsonResponse:
    account = connections.account(owner=str(user_id(request)), venue="whitebit")
    return JsonResponse(account.call("POST", "/api/v4/trade-account/balance").json())


urlpatterns = [
    path("admin/", admin.site.urls),
    path("balance", balance),
    path("connections/", include(routes(login_url="/admin/login/?next=/connections/"))),
]
