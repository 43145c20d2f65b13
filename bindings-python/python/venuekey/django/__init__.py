"""Connections in a Django project. Add `"venuekey.django"` to `INSTALLED_APPS`; needs `venuekey[django]`.

`DjangoStore` keeps them, whatever happens to a view's transaction. The setting `VENUEKEY_CONNECTIONS` names your
`Connections`, as `module:attribute`, for `venuekey.django.urls`, the admin and `manage.py venuekey_worker`.
docs/django.md has the whole of it.
"""

from ._store import DjangoStore

__all__ = ["DjangoStore"]
