"""Which websocket address is answered by which consumer."""

from django.urls import path

from compose.consumers import PieceConsumer, ReadingConsumer

websocket_urlpatterns = [
    path("ws/reading/", ReadingConsumer.as_asgi()),
    path("ws/pieces/<uuid:piece_id>/", PieceConsumer.as_asgi()),
]
