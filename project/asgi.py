"""HTTP to Django, websockets to the feed. Runs under Daphne and, unchanged, under uvicorn."""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup(set_prefix=False)  # before anything that imports models

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import CookieMiddleware

from interviews.processing.uptime import start_beating
from project.http import Handler
from project.requests import WithId
from realtime.routing import websocket_urlpatterns
from realtime.sockets import WithWriter

if (daphne := sys.modules.get("daphne.http_protocol")) is not None:
    # Under Daphne, which takes the class from here for each request; other servers ask before a body is there, and end
    # what they have begun.
    from daphne.server import Server
    from daphne.ws_protocol import WebSocketFactory

    from project.bodies import BoundedRequest
    from project.draining import drain
    from project.frames import BoundedSocket
    from project.reactor import log_here

    daphne.WebRequest = BoundedRequest  # type: ignore[attr-defined] # of a module, found by name
    Server.kill_all_applications = drain
    WebSocketFactory.protocol = BoundedSocket
    log_here()
if (command := sys.modules.get("daphne.cli")) is not None:
    # Its own log of requests has their queries, and so whom somebody searched for. Ours is in project/requests.py.
    command.AccessLogGenerator = lambda stream: None  # type: ignore[attr-defined] # so is this

application = ProtocolTypeRouter(
    {
        "http": WithId(Handler()),
        "websocket": WithId(
            WithWriter(AllowedHostsOriginValidator(CookieMiddleware(URLRouter(websocket_urlpatterns))))
        ),
    }
)

start_beating()
