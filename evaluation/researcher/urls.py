"""Addresses of the staff's side."""

from django.urls import path

from evaluation.researcher import links, media_views, monitor_views, stimulus_views, study_views

STUDY = "<int:study_id>/"
STIMULUS = STUDY + "stimuli/<int:stimulus_id>/"

urlpatterns = [
    path("", study_views.studies, name="studies"),
    path("new/", study_views.new_study, name="study-new"),
    path(STUDY, study_views.workshop, name="study"),
    path(STUDY + "edit/", study_views.edit_study, name="study-edit"),
    path(STUDY + "open/", study_views.open_study, name="study-open"),
    path(STUDY + "close/", study_views.close_study, name="study-close"),
    path(STUDY + "revise/", study_views.revise_study, name="study-revise"),
    path(STUDY + "delete/", study_views.delete_study, name="study-delete"),
    path(STUDY + "images/", stimulus_views.upload_images, name="study-images"),
    path(STUDY + "music/", stimulus_views.attach_piece, name="study-music"),
    path(STUDY + "stimuli.json", stimulus_views.stimuli_json, name="study-stimuli"),
    path(STIMULUS + "card/", stimulus_views.card, name="study-card"),
    path(STIMULUS + "settings/", stimulus_views.set_pair, name="study-pair"),
    path(STIMULUS + "replace/", stimulus_views.replace_image, name="study-replace"),
    path(STIMULUS + "compose/", stimulus_views.compose_again, name="study-compose"),
    path(STIMULUS + "delete/", stimulus_views.delete_pair, name="study-pair-delete"),
    path(STIMULUS + "image/", media_views.image, name="study-image"),
    path(STIMULUS + "audio/", media_views.audio, name="study-audio"),
    path(STIMULUS + "midi/", media_views.midi, name="study-midi"),
    path(STUDY + "links/", links.links, name="study-links"),
    path(STUDY + "links.csv", links.links_csv, name="study-links-csv"),
    path(STUDY + "monitor/", monitor_views.monitor, name="study-monitor"),
    path(STUDY + "monitor.json", monitor_views.monitor_json, name="study-monitor-json"),
]
