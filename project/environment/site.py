"""Where the site is, and what it keeps its data in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from project.environment import reading, refuse
from project.secret_key import stored_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent.parent

with reading() as env:
    DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
    DEBUG = env.bool("DEBUG", False)
    SITE_NAME = env.str("SITE_NAME", "Greenroom")
    SITE_URL = env.str("SITE_URL", "").rstrip("/")
    SECRET_KEY = env.str("SECRET_KEY", "")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
    DATABASE: dict[str, Any] | None = dict(env.dj_db_url("DATABASE_URL", "")) if env.str("DATABASE_URL", "") else None
    REDIS_URL = env.str("REDIS_URL", "")
    REDIS_HOST = env.str("REDIS_HOST", "")
    REDIS_PORT = env.int("REDIS_PORT", 6379)
    REDIS_DB = env.int("REDIS_DB", 0)
    WORKERS = env.int("WORKERS", 32)
    CRASH_AT = env.str("CRASH_AT", "")
    STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))

if not REDIS_URL and REDIS_HOST:
    REDIS_URL = f"redis://{REDIS_HOST}:{REDIS_PORT}/{REDIS_DB}"
if REDIS_URL and DATABASE is None:
    refuse("DATABASE_URL", "is missing: with Redis, several processes write, and that needs PostgreSQL.")
if DATABASE is not None and not REDIS_URL:
    refuse("REDIS_URL", "is missing: with DATABASE_URL, web and worker are separate processes and meet in Redis.")
if DATABASE is not None and not SECRET_KEY:
    refuse("SECRET_KEY", "is missing: all processes of one site must share it. Any 50 random characters will do.")
if DATABASE is not None and not DATABASE["ENGINE"].endswith(".postgresql"):
    refuse("DATABASE_URL", "must name a PostgreSQL database: postgres://user:password@host:5432/name.")
if WORKERS < 1:
    refuse("WORKERS", "must be 1 or more: without a worker nothing is transcribed or assessed.")
for _value in CSRF_TRUSTED_ORIGINS:
    if not _value.startswith(("http://", "https://")):
        refuse("CSRF_TRUSTED_ORIGINS", f'must hold origins such as https://interviews.example.com, not "{_value}".')

EMBEDDED = DATABASE is None
"""One process with SQLite, its own workers and an in-memory channel layer; otherwise PostgreSQL and Redis."""

try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as _error:
    refuse("DATA_DIR", f"the folder {DATA_DIR} cannot be made ({_error.strerror}).")
SECRET_KEY = SECRET_KEY or stored_secret_key(DATA_DIR)
