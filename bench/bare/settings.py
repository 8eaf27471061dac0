"""The product's database, apps and Redis; no middleware."""

from project.settings import *  # noqa: F403 - all of them, but for what follows

MIDDLEWARE = []
ROOT_URLCONF = "bench.bare.urls"
