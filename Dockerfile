# syntax=docker/dockerfile:1
# One image for the web server and the worker; compose.yaml starts both with all they need.
#   docker build -t greenroom .
#   docker run -p 8000:8000 -v greenroom:/data ... greenroom
#   docker run --no-healthcheck -v greenroom:/data ... greenroom python manage.py run_huey
# Both need DATABASE_URL, REDIS_URL, SECRET_KEY and ALLOWED_HOSTS; README.md lists every variable.

FROM python:3.12-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install -r requirements.txt

FROM python:3.12-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# pg_dump and psql for backups, no older than the server of compose.yaml. Without a version: Debian keeps only its newest.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 greenroom \
    && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin greenroom \
    && install -d -m 700 -o greenroom -g greenroom /data /backups
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Outside /data: a volume mounted there would hide them, or keep those of an older image.
ENV STATIC_ROOT=/app/collected
RUN DATA_DIR=/build python manage.py collectstatic --noinput -v0 && rm -r /build

ENV DATA_DIR=/data BACKUP_DIR=/backups
VOLUME ["/data", "/backups"]
USER 10001:10001
EXPOSE 8000
# Daphne (project/draining.py) and Huey (graceful_signal in settings.py) both end what they have begun on SIGTERM.
STOPSIGNAL SIGTERM
# Asks by a name that ALLOWED_HOSTS lets in. The worker serves no pages, hence --no-healthcheck above.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "\
import os, urllib.request as r; \
host = (os.environ.get('ALLOWED_HOSTS') or '').split(',')[0].strip(' .*') or 'localhost'; \
r.urlopen(r.Request('http://127.0.0.1:8000/health/live', headers={'Host': host}), timeout=4)"]
# Daphne's own backlog is 50: of more connections at once, some would wait a second for their second attempt.
CMD ["daphne", "-e", "tcp:8000:interface=0.0.0.0:backlog=1024", "project.asgi:application"]
