"""Addresses of a study's report; staff only, all of them."""

from django.urls import path

from evaluation.report import views

urlpatterns = [
    path("", views.report, name="report"),
    path("counts.json", views.counts, name="report-counts"),
    path("pictures/<slug:name>.svg", views.picture, name="report-picture"),
    path("report.pdf", views.report_pdf, name="report-pdf"),
    path("report.json", views.report_json, name="report-json"),
    path("listener-calibration.json", views.listener_calibration, name="report-calibration"),
    path("mos.csv", views.mos_csv, name="report-mos-csv"),
    path("ratings.csv", views.ratings_csv, name="report-ratings-csv"),
    path("answers.csv", views.answers_csv, name="report-answers-csv"),
]
