"""Is this process alive, and can it do its work?"""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from realtime import stopping

REDIS_WITHIN_SECONDS = 0.5
DATABASE_WITHIN_SECONDS = 2

_is_migrated = False


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """503 where no visitor should be sent here, and why. Without Redis all works, a little later: degraded, and 200."""
    why_not = _why_not()
    if why_not:
        return JsonResponse({"status": "not ready", **why_not}, status=503)
    if not settings.EMBEDDED and not redis_answers():
        return JsonResponse({"status": "degraded", "redis": "unreachable"})
    return JsonResponse({"status": "ready"})


def _why_not() -> dict[str, str]:
    if stopping.has_begun():
        return {"process": "stopping"}
    if not database_answers():
        return {"database": "unreachable"}
    due = 0 if _is_migrated else migrations_due()
    return {"migrations": f"{due} not applied"} if due else {}


def database_answers() -> bool:
    """By a connection of its own: the pool would wait half a minute for one."""
    alone = connection.copy()
    options = {name: value for name, value in alone.settings_dict["OPTIONS"].items() if name != "pool"}
    within = {"connect_timeout": DATABASE_WITHIN_SECONDS} if alone.vendor == "postgresql" else {}
    alone.settings_dict["OPTIONS"] = {**options, **within}
    try:
        with alone.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    finally:
        alone.close()
    return True


def migrations_due() -> int:
    """Those that this process needs. Once all are applied they stay so, and it need not be asked again."""
    global _is_migrated
    executor = MigrationExecutor(connection)
    due = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _is_migrated = not due
    return due


def redis_answers() -> bool:
    within = REDIS_WITHIN_SECONDS
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=within, socket_timeout=within) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
