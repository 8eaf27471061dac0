"""The product's database and apps; no middleware."""

from project.settings import *  # noqa: F403 - all of them, but for what follows

MIDDLEWARE = []
ROOT_URLCONF = "bench.desk_parts.bare"
