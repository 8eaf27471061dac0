"""Django's messages to the next page, in a cookie whose name is as strict as those of the session."""

from __future__ import annotations

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage

from project.environment.security import COOKIE_PREFIX


class _Cookie(CookieStorage):
    cookie_name = f"{COOKIE_PREFIX}messages"


class Messages(FallbackStorage):
    storage_classes = (_Cookie, SessionStorage)
