"""Addresses of the pages and of a piece's files; each under the piece's unguessable id."""

from django.urls import path

from compose import listen_views, live_views, piece_files, piece_views, views, wall_views

urlpatterns = [
    path("", views.stage, name="stage"),
    path("privacy/", views.privacy, name="privacy"),
    path("listen/", listen_views.listen, name="listen"),
    path("pieces/", views.create_piece, name="pieces"),
    path("pieces/<uuid:piece_id>/", piece_views.piece, name="piece"),
    path("pieces/<uuid:piece_id>/from/", piece_views.make_from, name="piece-from"),
    path("pieces/<uuid:piece_id>/wall/", piece_views.hang, name="piece-wall"),
    path("pieces/<uuid:piece_id>/erase/", piece_views.erase, name="piece-erase"),
    path("pieces/<uuid:piece_id>/notes.json", piece_files.piece_notes, name="piece-notes"),
    path("pieces/<uuid:piece_id>/audio.mp3", piece_files.piece_audio, name="piece-audio"),
    path("pieces/<uuid:piece_id>/opening.mp3", piece_files.piece_opening, name="piece-opening"),
    path("pieces/<uuid:piece_id>/piece.mid", piece_files.piece_midi, name="piece-midi"),
    path("pieces/<uuid:piece_id>/picture.png", piece_files.piece_picture, name="piece-picture"),
    path("live/<uuid:live_id>/<int:number>.flac", live_views.live_phrase, name="live-phrase"),
    path("wall/", wall_views.wall, name="wall"),
]
