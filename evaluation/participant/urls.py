"""Addresses that participants open. `link`, `resume` and `withdraw` come first: a study of that name is not reached."""

from django.urls import path

from evaluation.participant import answers, leaving, pages

urlpatterns = [
    path("link/<str:token>/", pages.personal_link, name="study-link"),
    path("resume/", leaving.resume, name="study-resume"),
    path("withdraw/", leaving.withdraw, name="study-withdraw"),
    path("<slug:name>/", pages.welcome, name="study-welcome"),
    path("<slug:name>/begin/", pages.begin, name="study-begin"),
    path("<slug:name>/rate/", pages.rate, name="study-rate"),
    path("<slug:name>/done/", pages.done, name="study-done"),
    path("<slug:name>/state.json", answers.state, name="study-state"),
    path("<slug:name>/media/<uuid:item_id>/", answers.media, name="study-media"),
    path("<slug:name>/ratings/", answers.ratings, name="study-ratings"),
    path("<slug:name>/sound-check/", answers.sound_check, name="study-sound-check"),
]
