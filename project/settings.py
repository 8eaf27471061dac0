"""Every setting. The environment is read here and nowhere else.

A secret `NAME` may also be given as `NAME_FILE`, the path of a file that holds it. A value that cannot be read, or a
combination that cannot work, refuses to start and names the variable.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NoReturn

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from project.logs import logging_to_console
from project.prices import unpriced
from project.secret_key import stored_secret_key

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv()
try:
    DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
    DEBUG = env.bool("DEBUG", False)
    SITE_NAME = env.str("SITE_NAME", "Greenroom")
    SECRET_KEY = env.str("SECRET_KEY", "")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
    SECURE_COOKIES = env.bool("SECURE_COOKIES", False)
    DATABASE = env.dj_db_url("DATABASE_URL", "") if env.str("DATABASE_URL", "") else None
    REDIS_URL = env.str("REDIS_URL", "")
    REDIS_HOST = env.str("REDIS_HOST", "")
    REDIS_PORT = env.int("REDIS_PORT", 6379)
    REDIS_DB = env.int("REDIS_DB", 0)
    WORKERS = env.int("WORKERS", 32)
    LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)

    DEEPGRAM_API_KEY = env.str("DEEPGRAM_API_KEY", "")
    DEEPGRAM_BASE_URL = env.str("DEEPGRAM_BASE_URL", "")
    DEEPGRAM_MODEL = env.str("DEEPGRAM_MODEL", "nova-3")
    GEMINI_API_KEY = env.str("GEMINI_API_KEY", "")
    GEMINI_BASE_URL = env.str("GEMINI_BASE_URL", "")
    GEMINI_MODEL = env.str("GEMINI_MODEL", "gemini-3.8-flash")
    TRANSCRIPTION_ENGINE = env.str("TRANSCRIPTION_ENGINE", "") or ("deepgram" if DEEPGRAM_API_KEY else "local")
    ANALYSIS_ENGINE = env.str("ANALYSIS_ENGINE", "") or ("gemini" if GEMINI_API_KEY else "local")
    ANALYSIS_SAMPLES = env.int("ANALYSIS_SAMPLES", 1)

    GEMINI_PRICE_INPUT = env.decimal("GEMINI_PRICE_INPUT", None)
    GEMINI_PRICE_OUTPUT = env.decimal("GEMINI_PRICE_OUTPUT", None)
    DEEPGRAM_PRICE_MINUTE = env.decimal("DEEPGRAM_PRICE_MINUTE", None)
    AI_BUDGET = env.decimal("AI_BUDGET", None)

    SITE_URL = env.str("SITE_URL", "").rstrip("/")
    EMAIL_HOST = env.str("EMAIL_HOST", "")
    EMAIL_PORT = env.int("EMAIL_PORT", 587)
    EMAIL_SECURITY = env.str("EMAIL_SECURITY", "starttls")
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "")
    EMAIL_FILE_PATH = env.str("EMAIL_FOLDER", "")

    CRASH_AT = env.str("CRASH_AT", "")
    STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
    MAX_TAKE_MB = env.int("MAX_TAKE_MB", 200)
    MAX_INTERVIEW_MB = env.int("MAX_INTERVIEW_MB", 2000)
    MAX_SITE_GB = env.int("MAX_SITE_GB", 0)
    MIN_FREE_DISK_MB = env.int("MIN_FREE_DISK_MB", 500)
    INVITATION_DAYS = env.int("INVITATION_DAYS", 14)
except ValueError as error:  # EnvError is one; a NAME_FILE that cannot be read is a plain one
    raise ImproperlyConfigured(f"{error} See the table of variables in README.md.") from error


def _refuse(variable: str, why: str) -> NoReturn:
    raise ImproperlyConfigured(f"{variable}: {why} See the table of variables in README.md.")


if not REDIS_URL and REDIS_HOST:
    REDIS_URL = f"redis://{REDIS_HOST}:{REDIS_PORT}/{REDIS_DB}"
if REDIS_URL and DATABASE is None:
    _refuse("DATABASE_URL", "is missing: with Redis, several processes write, and that needs PostgreSQL.")
if DATABASE is not None and not REDIS_URL:
    _refuse("REDIS_URL", "is missing: with DATABASE_URL, web and worker are separate processes and meet in Redis.")
if DATABASE is not None and not SECRET_KEY:
    _refuse("SECRET_KEY", "is missing: all processes of one site must share it. Any 50 random characters will do.")
if DATABASE is not None and not DATABASE["ENGINE"].endswith(".postgresql"):
    _refuse("DATABASE_URL", "must name a PostgreSQL database: postgres://user:password@host:5432/name.")
for _variable, _number, _why in (
    ("WORKERS", WORKERS, "without a worker nothing is transcribed or assessed."),
    ("MAX_TAKE_MB", MAX_TAKE_MB, "no recording would fit."),
    ("MAX_INTERVIEW_MB", MAX_INTERVIEW_MB, "no recording would fit."),
    ("INVITATION_DAYS", INVITATION_DAYS, "every invitation would have expired when it is made."),
):
    if _number < 1:
        _refuse(_variable, f"must be 1 or more: {_why}")
for _variable, _number in (("MAX_SITE_GB", MAX_SITE_GB), ("MIN_FREE_DISK_MB", MIN_FREE_DISK_MB)):
    if _number < 0:
        _refuse(_variable, "must be 0 or more.")
if INVITATION_DAYS > 3650:
    _refuse("INVITATION_DAYS", "must be 3650 or less.")
for _value in CSRF_TRUSTED_ORIGINS:
    if not _value.startswith(("http://", "https://")):
        _refuse("CSRF_TRUSTED_ORIGINS", f'must hold origins such as https://interviews.example.com, not "{_value}".')
for _variable, _value in (("DEEPGRAM_BASE_URL", DEEPGRAM_BASE_URL), ("GEMINI_BASE_URL", GEMINI_BASE_URL)):
    if _value and not _value.startswith(("http://", "https://")):
        _refuse(_variable, "must begin with http:// or https://.")
_HERE = {"local": "-", "none": "-"}  # need no key
for _variable, _value, _choices in (
    ("TRANSCRIPTION_ENGINE", TRANSCRIPTION_ENGINE, {"deepgram": DEEPGRAM_API_KEY, **_HERE}),
    ("ANALYSIS_ENGINE", ANALYSIS_ENGINE, {**dict.fromkeys(("gemini", "gemini-legacy"), GEMINI_API_KEY), **_HERE}),
):
    if _value not in _choices:
        _refuse(_variable, f'is "{_value}"; it may be {" or ".join(_choices)}.')
    if not _choices[_value]:
        _refuse(_variable, f'is "{_value}", but its key ({_value.split("-")[0].upper()}_API_KEY) is missing.')
if ANALYSIS_SAMPLES not in (1, 3):
    _refuse("ANALYSIS_SAMPLES", f"is {ANALYSIS_SAMPLES}; it may be 1 or 3: two can only disagree.")

if TRANSCRIPTION_ENGINE == "none" and ANALYSIS_ENGINE != "none":
    _refuse("ANALYSIS_ENGINE", 'must be "none" too where TRANSCRIPTION_ENGINE is: there are no words to assess.')

_prices: dict[str, Any] = {
    "GEMINI_PRICE_INPUT": GEMINI_PRICE_INPUT,
    "GEMINI_PRICE_OUTPUT": GEMINI_PRICE_OUTPUT,
    "DEEPGRAM_PRICE_MINUTE": DEEPGRAM_PRICE_MINUTE,
}
for _variable, _price in {**_prices, "AI_BUDGET": AI_BUDGET}.items():
    if _price is not None and not (_price.is_finite() and _price >= 0):
        _refuse(_variable, "must be 0 or more, in US dollars.")
UNPRICED = unpriced(TRANSCRIPTION_ENGINE, ANALYSIS_ENGINE, _prices)
"""Prices that are not known and that a budget would need."""
if AI_BUDGET is not None and UNPRICED:
    _refuse("AI_BUDGET", f"cannot be kept without prices: set {' and '.join(UNPRICED)}, or leave the budget out.")

if EMAIL_HOST and EMAIL_FILE_PATH:
    _refuse("EMAIL_FOLDER", "is set beside EMAIL_HOST: mail goes to a server or into a folder, not both.")
SENDS_MAIL = bool(EMAIL_HOST or EMAIL_FILE_PATH)
"""Without it nothing is offered that would need it: links are copied by hand, receipts downloaded."""
if SENDS_MAIL and not SITE_URL.startswith(("http://", "https://")):
    _refuse("SITE_URL", "is missing: mail holds links, so it must know where this site is: https://….")
if EMAIL_HOST and "@" not in DEFAULT_FROM_EMAIL:
    _refuse("EMAIL_FROM", "is missing: the address that mail comes from.")
if EMAIL_SECURITY not in ("starttls", "tls", "none"):
    _refuse("EMAIL_SECURITY", f'is "{EMAIL_SECURITY}"; it may be starttls, tls or none.')
DEFAULT_FROM_EMAIL = DEFAULT_FROM_EMAIL or "greenroom@localhost"
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_TIMEOUT = 30  # Django's own is none: a silent server would hold a worker for ever

if DATABASE is not None:
    # A pool lends connections to threads that need one for a moment: hundreds of jobs wait for providers with none.
    DATABASE["OPTIONS"] = {**DATABASE.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 16, "timeout": 30}}
    DATABASE["CONN_HEALTH_CHECKS"] = True  # the pool then tries a connection before it lends it

EMBEDDED = DATABASE is None
"""One process with SQLite, its own workers and an in-memory channel layer; otherwise PostgreSQL and Redis."""

try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    _refuse("DATA_DIR", f"the folder {DATA_DIR} cannot be made ({error.strerror}).")
MAX_TAKE_BYTES = MAX_TAKE_MB * 1024 * 1024
MAX_INTERVIEW_BYTES = MAX_INTERVIEW_MB * 1024 * 1024
MAX_SITE_BYTES = MAX_SITE_GB * 1024 * 1024 * 1024
MIN_FREE_DISK_BYTES = MIN_FREE_DISK_MB * 1024 * 1024
MEDIA_DIR = DATA_DIR / "media"
SECRET_KEY = SECRET_KEY or stored_secret_key(DATA_DIR)

INSTALLED_APPS = [
    "project",
    "realtime",
    "interviews",
    "channels",
    "huey.contrib.djhuey",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "project.languages.ReadersLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "project.context.site",
            ],
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, Any] = {
    "default": DATABASE
    or {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "greenroom.sqlite3",
        "OPTIONS": {
            # A deferred transaction that reads and then writes fails at once when another has written meanwhile;
            # an immediate one waits its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: an acknowledged slice of a recording must survive a power cut.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        # A file, not memory: worker threads and the server have connections of their own.
        "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
    }
}

HUEY: dict[str, Any] = {
    "name": "greenroom",
    "immediate": False,  # huey's default is DEBUG, which would run tasks inside requests
    "results": False,
    "consumer": {"workers": 2, "worker_type": "thread", "shutdown_timeout": 20},  # they only hand over; see tasks.py
}
if EMBEDDED:
    HUEY |= {"huey_class": "huey.SqliteHuey", "connection": {"filename": str(DATA_DIR / "huey.sqlite3")}}
    HUEY["consumer"] |= {"initial_delay": 0.02, "max_delay": 0.1}
    CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
else:
    try:
        # A request must not wait for an absent Redis: redis-py would retry ten times by default.
        _pool = ConnectionPool.from_url(
            REDIS_URL, socket_connect_timeout=0.5, socket_timeout=5, retry=Retry(NoBackoff(), 0)
        )
    except ValueError:
        _refuse("REDIS_URL", "is not an address of Redis: write it as redis://host:6379/0.")
    HUEY |= {"huey_class": "huey.PriorityRedisHuey", "connection": {"connection_pool": _pool}}
    HUEY["consumer"] |= {"graceful_signal": "TERM"}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 0.5}],
                "prefix": "greenroom",
            },
        }
    }

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_DIR)},
    },
    "staticfiles": {"BACKEND": "project.static_files.ModuleStorage"},
}

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "hr"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SLICE_BYTES = 1024 * 1024
"""The largest piece of a recording in one request: what a request may hold in memory."""
DATA_UPLOAD_MAX_MEMORY_SIZE = SLICE_BYTES + 64 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # complete ones only: half a translation is worse than none
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = logging_to_console(LOG_LEVEL)
