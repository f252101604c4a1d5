"""A report holds the right ratings, says what is missing, and is worked out anew when somebody rates or withdraws."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.models import Participant, Rating, Stimulus, Study
from evaluation.report import rater_tables, words
from evaluation.report.build import build, cached_report
from evaluation.report.gather import sessions, study_data
from tests.evaluation import building
from tests.evaluation.report.sheets import GOOD, imported, simulated_lines

pytestmark = pytest.mark.django_db


def test_simulated_and_real_participants_are_never_mixed() -> None:
    study = building.opened(3)
    building.rate_all(Participant.objects.begin(study), 2.0)
    for _ in range(2):
        building.rate_all(Participant.objects.begin(study, simulated=True), 9.0)
    real, simulated = build(study), build(study, simulated=True)
    assert [report["counts"]["participants"] for report in (real, simulated)] == [1, 2]
    assert {stimulus["mos"] for stimulus in real["stimuli"]} == {2.0}
    assert {stimulus["mos"] for stimulus in simulated["stimuli"]} == {9.0}
    assert [report["simulated"] for report in (real, simulated)] == [False, True]
    assert "2 simulated participants" in simulated["methods"] and "simulated" not in real["methods"]


def test_practice_and_hidden_stimuli_are_not_analysed_and_repeats_and_checks_are_told_apart() -> None:
    study = building.draft(5, n_repeats=1, n_attention=2)
    study.stimuli.filter(pair="p001").update(practice=True)
    study.stimuli.filter(pair="p002").update(hidden=True)
    study.open()
    person = Participant.objects.begin(study)
    building.rate_all(person, 6.0)
    Rating.objects.filter(item__role="repeat").update(score=7.5)
    data = study_data(study)
    assert [s.label for s in data.ratings.stimuli] == [
        f"p00{i}-{kind}" for i in (3, 4, 5) for kind in ("image", "music")
    ]
    assert len(data.ratings) == 6 and data.ratings.participants == (person.label,)
    # Blocks of three are too short for a repeat; the checks are all there, each answered as asked.
    assert data.repeats == () and len(data.attention) == 2
    assert all(check.asked == check.given for check in data.attention)
    (session,) = sessions(study)
    assert (session.ratings, session.is_finished) == (6, True)


def test_both_scores_of_a_repeated_stimulus_are_found() -> None:
    study = building.opened(6, n_repeats=1, n_attention=0)
    building.rate_all(Participant.objects.begin(study), 6.0)
    Rating.objects.filter(item__role="repeat").update(score=7.5)
    repeats = study_data(study).repeats
    assert [(repeat.first, repeat.second) for repeat in repeats] == [(6.0, 7.5)] * 2
    assert len({repeat.stimulus for repeat in repeats}) == 2


def test_who_has_not_rated_anything_is_no_participant_and_who_has_begun_to_is_one() -> None:
    study = building.opened(2)
    Participant.objects.begin(study)
    busy = Participant.objects.begin(study)
    item = busy.items.filter(role="main")[0]
    Rating.objects.give(item, 3.0, tab_changes=2, stalls=1)
    report = build(study)
    assert report["counts"] == {"participants": 1, "finished": 0, "ratings": 1, "withdrawn": 0, "stimuli": 4}
    (line,) = report["participants"]
    assert (line["participant"], line["ratings"], line["finished"]) == (busy.label, 1, False)
    assert (line["tab_changes"], line["stalls"], line["minutes"]) == (2, 1, None)


def test_gathering_takes_as_many_queries_for_many_as_for_few() -> None:
    few, many = imported(simulated_lines(2, 2), "few"), imported(simulated_lines(8, 9), "many")
    n_queries = []
    for study in (few, many):
        with CaptureQueriesContext(connection) as queries:
            build(study)
        n_queries.append(len(queries))
    assert n_queries[0] == n_queries[1] <= 6


def test_a_new_rating_or_an_erasure_gives_a_new_report_and_nothing_else_does() -> None:
    cache.clear()
    study = building.opened(2)
    first, second = (Participant.objects.begin(study) for _ in range(2))
    building.rate_all(first, 4.0)
    key, report = cached_report(study)
    with CaptureQueriesContext(connection) as queries:
        assert cached_report(study) == (key, report)
    assert len(queries) <= 2
    Rating.objects.give(second.items.open()[0], 8.0)
    newer_key, newer = cached_report(study)
    assert newer_key != key and newer["counts"]["participants"] == 2
    second.withdraw()
    last_key, last = cached_report(study)
    assert last_key not in (key, newer_key)
    assert (last["counts"]["participants"], last["counts"]["withdrawn"]) == (1, 1)
    assert cached_report(study, simulated=True)[1]["counts"]["participants"] == 0


def test_a_study_of_one_kind_has_no_correlation() -> None:
    report = build(imported(simulated_lines(8, 6, kinds=("music",))))
    assert report["correlation"] is None and report["reliability"]["raw"]["image"] is None
    assert report["headline"].startswith("A study of music alone")
    assert "face image" not in report["methods"] and "Pearson" not in report["methods"]
    assert words.missing(report) == []


def test_without_expressions_the_figures_within_them_are_left_out() -> None:
    report = build(imported(simulated_lines(8, 6, with_expression=False)))
    assert report["by_expression"] == []
    assert (report["correlation"]["within"], report["correlation"]["within_pooled"]) == ([], None)
    assert "expression" not in report["methods"]


def test_before_any_rating_the_report_says_what_is_missing() -> None:
    empty = Study.objects.create(name="empty", title="Empty")
    assert "nothing to rate" in words.missing(build(empty))[0]
    draft = building.draft(2)
    assert "open it first" in words.missing(build(draft))[0]
    draft.open()
    report = build(draft)
    assert "waits for people" in words.missing(report)[0]
    assert (report["headline"], report["methods"]) == ("There are no ratings yet.", "")


def test_a_thin_study_says_what_it_lacks() -> None:
    study = imported(GOOD)
    Stimulus.objects.bulk_create([Stimulus(study=study, kind="music", label="p2-music", pair="p2")])
    lacks = words.missing(build(study))
    assert lacks[0].startswith("1 stimulus of 3 has no rating") and "three pairs" in lacks[-1]


def test_the_finding_is_said_in_words_that_the_figures_bear_out() -> None:
    report = build(imported(simulated_lines(12, 10)))
    found = report["correlation"]
    assert f"r = {found['pearson']:.2f} over 12 pairs" in report["headline"]
    assert report["headline"].startswith("Faces and music agree very strongly") and found["pearson"] >= 0.8
    contradicting = [{"image_mos": x, "music_mos": -x} for x in (1.0, 2.0, 3.0)]
    assert "in 0 % of cases" in words.same_order(contradicting)
    assert "in 67 % of cases" in words.same_order(ordered_but_one())
    unsure = {"pearson": 0.3, "ci95": [-0.2, 0.7], "pairs": 15, "points": []}
    assert "cannot tell" in words.correlation_headline(unsure)
    against = {"pearson": -0.7, "ci95": [-0.9, -0.3], "pairs": 15, "points": contradicting}
    assert "contradict" in words.correlation_headline(against)


def ordered_but_one() -> list[dict[str, float]]:
    """Three pairs of which two comparisons of three agree."""
    return [{"image_mos": x, "music_mos": y} for x, y in ((1.0, 1.0), (2.0, 3.0), (3.0, 2.0))]


def test_the_methods_tell_what_was_done_in_this_study() -> None:
    collected = building.opened(6, n_repeats=1, n_attention=3)
    for score in (3.0, 5.0):
        building.rate_all(Participant.objects.begin(collected), score)
    Participant.objects.begin(collected)
    text = build(collected)["methods"]
    for said in (
        "slider without a preset value",
        "Williams",
        "1 repeated item per block and 3 attention checks",
        "Latin",
    ):
        assert said in text, said
    assert "practice" not in text and "imported" not in text
    foreign = build(imported(simulated_lines(6, 5)))["methods"]
    assert "imported" in foreign
    for not_known in ("slider", "Williams", "attention", "repeated", "counterbalanced"):
        assert not_known not in foreign, not_known


def test_what_people_told_about_themselves_is_counted_and_not_tied_to_them() -> None:
    study = building.opened(2, demographics=True)
    for about in ({"age": "25–34"}, {"age": "25–34", "gender": "woman"}, None):
        person = Participant.objects.begin(study)
        Participant.objects.filter(pk=person.pk).update(demographics=about)
        building.rate_all(person)
    report = build(study)
    assert report["demographics"] == {"age": {"25–34": 2}, "gender": {"woman": 1}}
    assert not any("25–34" in str(line) for line in report["participants"])
    table = rater_tables.demographics(report)
    assert table is not None
    assert table.rows == (("Age", "25–34: 2, not told: 1"), ("Gender", "woman: 1, not told: 2"))
    assert rater_tables.demographics(build(building.opened(2, name="unasked"))) is None


def test_imported_stimuli_are_in_the_order_of_their_pairs() -> None:
    lines = [
        "participant,stimulus,kind,pair,score",
        "a,x10,image,p10,5",
        "a,x2,image,p2,5",
        "a,m10,music,p10,5",
        "a,m2,music,p2,5",
    ]
    report = build(imported(lines, "shuffled"))
    assert [stimulus["stimulus"] for stimulus in report["stimuli"]] == ["x2", "m2", "x10", "m10"]
    assert "target" not in report["sample_size"]["advice"][0]
