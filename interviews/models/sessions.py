"""Browsers that came with a cookie. Those that are signed in can be seen and ended, so each row says whose it is.

Django's own way to have columns beside the data: settings.SESSION_ENGINE names this module.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.dateparse import parse_datetime

SIGNED_IN = "signed_in"
"""Under this name the data holds what the columns say: `at` and `seen` (ISO 8601), `device` and `address`."""


class WithAccounts(BaseSessionManager["Session"]):
    """Whose session it is, is asked with almost every request: in the same statement."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[Session]:
        return super().get_queryset().select_related("user")


class Session(AbstractBaseSession):
    """`address`: of the network only, enough to know one's office from elsewhere. Both empty before one signs in."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="browser_sessions"
    )
    device = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    signed_in_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = WithAccounts()

    class Meta(AbstractBaseSession.Meta):  # type: ignore[name-defined, misc] # the stubs leave it out
        ordering: ClassVar = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user}: {self.device}"  # never the key: who has it is signed in

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore


class SessionStore(Stored):
    """`account`: whose session it was when its row was read; None: nobody's, or it was not read."""

    account: AbstractBaseUser | None = None

    def _get_session_from_db(self) -> Session | None:
        found: Session | None = super()._get_session_from_db()  # type: ignore[misc] # the stubs leave it out
        self.account = found.user if found is not None else None
        return found

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        assert isinstance(made, Session)  # noqa: S101 - by the class above
        facts = data.get(SIGNED_IN, {})
        if SESSION_KEY in data:
            made.user_id = int(data[SESSION_KEY])
            made.device, made.address = facts.get("device", ""), facts.get("address", "")
            made.signed_in_at, made.seen_at = (parse_datetime(facts.get(name, "")) for name in ("at", "seen"))
        return made
