"""Django's settings, made of what the environment says; `project/environment/` reads and checks it."""

from __future__ import annotations

from typing import Any

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from project.environment import refuse
from project.environment.api import API_REQUESTS_A_MINUTE, WEBHOOK_NETWORKS
from project.environment.backups import BACKUP_DAYS, BACKUP_DIR
from project.environment.engines import (
    AI_BUDGET,
    ANALYSIS_ENGINE,
    ANALYSIS_SAMPLES,
    DEEPGRAM_API_KEY,
    DEEPGRAM_BASE_URL,
    DEEPGRAM_MODEL,
    DEEPGRAM_PRICE_MINUTE,
    GEMINI_API_KEY,
    GEMINI_BASE_URL,
    GEMINI_MODEL,
    GEMINI_PRICE_INPUT,
    GEMINI_PRICE_OUTPUT,
    TRANSCRIPTION_ENGINE,
    UNPRICED,
)
from project.environment.limits import (
    INVITATION_DAYS,
    MAX_INTERVIEW_BYTES,
    MAX_SITE_BYTES,
    MAX_TAKE_BYTES,
    MIN_FREE_DISK_BYTES,
    SLICE_BYTES,
)
from project.environment.mail import (
    DEFAULT_FROM_EMAIL,
    EMAIL_BACKEND,
    EMAIL_FILE_PATH,
    EMAIL_HOST,
    EMAIL_HOST_PASSWORD,
    EMAIL_HOST_USER,
    EMAIL_PORT,
    EMAIL_TIMEOUT,
    EMAIL_USE_SSL,
    EMAIL_USE_TLS,
    SENDS_MAIL,
)
from project.environment.observing import (
    LOG_FORMAT,
    LOG_LEVEL,
    METRICS_TOKEN,
    OTEL_EXPORTER_OTLP_ENDPOINT,
    SENTRY_DSN,
)
from project.environment.privacy import RETENTION_BASIS, RETENTION_DAYS
from project.environment.security import COOKIE_PREFIX, REQUIRE_TOTP, SECURE_COOKIES, TRUSTED_PROXIES, YEAR_SECONDS
from project.environment.site import (
    ALLOWED_HOSTS,
    BASE_DIR,
    CRASH_AT,
    CSRF_TRUSTED_ORIGINS,
    DATA_DIR,
    DATABASE,
    DEBUG,
    EMBEDDED,
    REDIS_URL,
    SECRET_KEY,
    SITE_NAME,
    SITE_URL,
    STATIC_ROOT,
    WORKERS,
)
from project.environment.storage import (
    S3_ACCESS_KEY,
    S3_BUCKET,
    S3_ENDPOINT_URL,
    S3_REGION,
    S3_SECRET_KEY,
    X_ACCEL_REDIRECT,
)
from project.logs import logging_to_console

django_stubs_ext.monkeypatch()

MEDIA_DIR = MEDIA_ROOT = DATA_DIR / "media"

if DATABASE is not None:
    DATABASE["OPTIONS"] = {
        "options": "-c jit=off",  # to compile a page's statement takes longer than any of them runs
        **DATABASE.get("OPTIONS", {}),
        # A pool lends connections to threads that need one for a moment: hundreds of jobs wait for providers with none.
        "pool": {"min_size": 1, "max_size": 16, "timeout": 30},
    }
    DATABASE["CONN_HEALTH_CHECKS"] = True  # the pool then tries a connection before it lends it

INSTALLED_APPS = [
    "project",
    "realtime",
    "interviews",
    "channels",
    "huey.contrib.djhuey",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "project.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "project.languages.ReadersLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "interviews.witness.Witness",
    "interviews.sessions.Seen",
    "django.contrib.messages.middleware.MessageMiddleware",
    "interviews.views.proving.Proving",
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
            # FULL: an acknowledged slice of a recording must survive a power cut. What is deleted is overwritten.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
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
        refuse("REDIS_URL", "is not an address of Redis: write it as redis://host:6379/0.")
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
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "project.static_files.ModuleStorage"},
}

LOGIN_URL = "sign-in"
AUTHENTICATION_BACKENDS = ["project.permissions.Accounts"]
SESSION_ENGINE = "interviews.models.sessions"
LOGIN_REDIRECT_URL = "hr"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "project.passwords.NotOfThisPlace"},
]

# One switch for all that TLS makes possible. docs/security.md says what each of these is for.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"  # static/js/csrf.js reads it
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "project.messages.Messages"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from inside, where no proxy speaks TLS
SECURE_HSTS_SECONDS = 2 * YEAR_SECONDS if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # to be in the browsers' own lists is for the owner of the whole domain
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # its own default lets every site read static files
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],  # views/applicants.py lets the page that records have both
    "microphone": [],
    "geolocation": [],
    "display-capture": [],
    "payment": [],
    "usb": [],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = SLICE_BYTES + 64 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # complete ones only: half a translation is worse than none
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = logging_to_console(LOG_LEVEL, LOG_FORMAT)
