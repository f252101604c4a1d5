"""The ASGI application Daphne serves: pages over HTTP, frames and progress over websockets."""

import os
import sys
from pathlib import Path

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

from compose import readers
from sentimozart_site import database, scratch
from sentimozart_site.cluster import DatabaseError
from sentimozart_site.fresh_context import in_fresh_context

# A photo of over 100 kB passes through a temporary file (Twisted's, then Django's): let that be in memory, not on disk.
MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK):
    scratch.take(MEMORY)

readers.begin()  # they warm up while the pages do

# A thread that computes hands Python's lock on after so long: the event loop needs it at every step of a request.
sys.setswitchinterval(0.001)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentimozart_site.settings")
pages = get_asgi_application()  # sets Django up, which everything below needs
try:
    database.attach()
    database.migrate()
except DatabaseError as error:
    print(f"error: {error.detail}", file=sys.stderr)
    sys.exit(2)

from compose.routing import websocket_urlpatterns  # noqa: E402
from sentimozart_site.doors import through_doors  # noqa: E402

sockets = AllowedHostsOriginValidator(URLRouter(websocket_urlpatterns))
application = through_doors(in_fresh_context(ProtocolTypeRouter({"http": pages, "websocket": sockets})))
