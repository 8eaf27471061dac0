"""Who is signed in, and what their account may do: read in as few statements as it takes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db.models import Q

from interviews import witness


class Accounts(ModelBackend):
    """Django's own, which asks for the account behind its session, and for what was given to it and to its groups,
    one after the other."""

    def get_user(self, user_id: int) -> User | None:
        """Whoever the session is of was read with it."""
        request = witness.asking()
        account = getattr(request.session, "account", None) if request is not None else None
        if isinstance(account, User) and account.pk == user_id:
            return account if self.user_can_authenticate(account) else None
        return super().get_user(user_id)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not _has_own(user_obj, obj):
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            given = Permission.objects.filter(Q(user=user_obj) | Q(group__user=user_obj)).order_by().distinct()
            named = given.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{name}" for app, name in named}
        held: set[str] = user_obj._perm_cache
        return held


def _has_own(user: User | AnonymousUser, obj: object) -> bool:
    return user.is_active and not user.is_anonymous and not user.is_superuser and obj is None
