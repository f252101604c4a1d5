"""Addresses of the study: what participants open, and the staff's side."""

from django.urls import include, path

urlpatterns = [
    path("study/", include("evaluation.participant.urls")),
    path("studies/", include("evaluation.researcher.urls")),
    path("studies/<int:study_id>/report/", include("evaluation.report.urls")),
]
