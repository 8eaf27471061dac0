"""How mail leaves, in Django's names."""

from __future__ import annotations

from project.environment import reading, refuse
from project.environment.site import SITE_URL

with reading() as env:
    EMAIL_HOST = env.str("EMAIL_HOST", "")
    EMAIL_PORT = env.int("EMAIL_PORT", 587)
    EMAIL_SECURITY = env.str("EMAIL_SECURITY", "starttls")
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "")
    EMAIL_FILE_PATH = env.str("EMAIL_FOLDER", "")

if EMAIL_HOST and EMAIL_FILE_PATH:
    refuse("EMAIL_FOLDER", "is set beside EMAIL_HOST: mail goes to a server or into a folder, not both.")
SENDS_MAIL = bool(EMAIL_HOST or EMAIL_FILE_PATH)
"""Without it nothing is offered that would need it: links are copied by hand, receipts downloaded."""
if SENDS_MAIL and not SITE_URL.startswith(("http://", "https://")):
    refuse("SITE_URL", "is missing: mail holds links, so it must know where this site is: https://….")
if EMAIL_HOST and "@" not in DEFAULT_FROM_EMAIL:
    refuse("EMAIL_FROM", "is missing: the address that mail comes from.")
if EMAIL_SECURITY not in ("starttls", "tls", "none"):
    refuse("EMAIL_SECURITY", f'is "{EMAIL_SECURITY}"; it may be starttls, tls or none.')
DEFAULT_FROM_EMAIL = DEFAULT_FROM_EMAIL or "greenroom@localhost"
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_TIMEOUT = 30  # Django's own is none: a silent server would hold a worker for ever
