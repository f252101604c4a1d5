"""Addresses of the pages and of a piece's files; each under the piece's unguessable id."""

from django.urls import path

from compose import listen_views, views

urlpatterns = [
    path("", views.stage, name="stage"),
    path("privacy/", views.privacy, name="privacy"),
    path("listen/", listen_views.listen, name="listen"),
    path("pieces/", views.create_piece, name="pieces"),
    path("pieces/<uuid:piece_id>/", views.piece, name="piece"),
    path("pieces/<uuid:piece_id>/notes.json", views.piece_notes, name="piece-notes"),
    path("pieces/<uuid:piece_id>/audio.mp3", views.piece_audio, name="piece-audio"),
    path("pieces/<uuid:piece_id>/opening.mp3", views.piece_opening, name="piece-opening"),
    path("pieces/<uuid:piece_id>/piece.mid", views.piece_midi, name="piece-midi"),
]
