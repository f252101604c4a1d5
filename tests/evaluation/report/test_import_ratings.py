"""`import_ratings` puts a whole file into a closed study, or nothing at all."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from evaluation.models import Item, Participant, Rating, Stimulus, Study
from evaluation.report.build import build
from tests.evaluation import building
from tests.evaluation.report.sheets import GOOD, HEADER, imported, sheet

pytestmark = pytest.mark.django_db


def import_file(folder: Path, *lines: str, study: str = "listening") -> None:
    file = folder / "ratings.csv"
    file.write_bytes(sheet(*lines))
    call_command("import_ratings", str(file), study=study)


def refusal(folder: Path, *lines: str, study: str = "listening") -> str:
    with pytest.raises(CommandError) as refused:
        import_file(folder, *lines, study=study)
    assert refused.value.returncode == 2 and "\n" not in str(refused.value)
    return str(refused.value)


def test_a_file_becomes_a_closed_study(tmp_path: Path) -> None:
    import_file(tmp_path, *GOOD)
    study = Study.objects.get()
    assert (study.name, study.title, study.version, study.state, study.opened) == ("listening",) * 2 + (
        1,
        "closed",
        None,
    )
    stimuli = study.stimuli.order_by("pk").values_list("label", "kind", "pair", "expression")
    assert list(stimuli) == [("p1-image", "image", "p1", "happy"), ("p1-music", "music", "p1", "happy")]
    people = study.participants.order_by("number")
    assert [(p.label, p.number, p.finished is not None, p.simulated) for p in people] == [
        ("Ann", 1, True, False),
        ("Bob", 2, True, False),
    ]
    ratings = Rating.objects.order_by("item__participant__number", "item__position")
    assert [(r.item.participant.label, r.item.position, r.score) for r in ratings] == [
        ("Ann", 0, 7.5),
        ("Ann", 1, 6.0),
        ("Bob", 0, 10.0),
    ]


def test_an_image_and_its_clip_may_have_the_same_name(tmp_path: Path) -> None:
    import_file(tmp_path, HEADER, *(f"Ann,p{i},{kind},p{i},5,sad" for i in range(4) for kind in ("image", "music")))
    study = Study.objects.get()
    assert study.stimuli.count() == 8 and build(study)["correlation"]["pairs"] == 4
    assert "Ann was given p2 (music) already" in refusal(tmp_path, HEADER, "Ann,p2,music,p2,5,sad")


def test_more_rows_are_added_to_a_closed_study(tmp_path: Path) -> None:
    import_file(tmp_path, *GOOD)
    import_file(tmp_path, HEADER, "Bob,p1-music,music,p1,9,happy", "Cid,p2-music,music,p2,2,sad")
    study = Study.objects.get()
    assert [p.label for p in study.participants.all()] == ["Ann", "Bob", "Cid"]
    assert study.stimuli.count() == 3 and Rating.objects.count() == 5
    assert list(Item.objects.filter(participant__label="Bob").values_list("position", flat=True)) == [0, 1]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Ann,p1-image,image,p1,5,happy", "Ann was given p1-image (image) already"),
        ("Cid,p1-image,music,p1,5,happy", "pair p1 of the study has a stimulus of kind music already"),
        ("Cid,p1-image,image,p1,5,sad", "p1-image has expression 'sad' here and 'happy' in the study"),
        ("Cid,p9-image,image,p1,5,happy", "pair p1 of the study has a stimulus of kind image already"),
        ("Cid,p1-image,image,p1,eleven,happy", "score 'eleven'"),
    ],
)
def test_a_bad_row_leaves_the_study_as_it_was(tmp_path: Path, line: str, sentence: str) -> None:
    import_file(tmp_path, *GOOD)
    told = refusal(tmp_path, HEADER, "Dee,p3-music,music,p3,1,sad", line)
    assert sentence in told and "ratings.csv, line 3: " in told
    assert (Rating.objects.count(), Participant.objects.count(), Stimulus.objects.count()) == (3, 2, 2)


def test_a_bad_row_makes_no_study(tmp_path: Path) -> None:
    assert "line 5" in refusal(tmp_path, *GOOD, "Ann,p1-image,image,p1,5,happy")
    assert not Study.objects.exists() and not Participant.objects.exists()


@pytest.mark.parametrize("state", ["draft", "open"])
def test_a_study_that_is_not_closed_takes_nothing(tmp_path: Path, state: str) -> None:
    study = building.draft(1)
    if state == "open":
        study.open()
    assert "faces (version 1" in refusal(tmp_path, *GOOD, study="faces")
    assert not Rating.objects.exists()


def test_the_stimuli_of_a_study_that_was_open_stay_frozen(tmp_path: Path) -> None:
    study = building.opened(1)
    study.close()
    assert "line 2: p1-image (image) is not in faces" in refusal(tmp_path, *GOOD, study="faces")
    import_file(tmp_path, HEADER, "Ann,p001-image,image,p001,3,angry", study="faces")
    assert Rating.objects.get().item.stimulus.label == "p001-image"  # type: ignore[union-attr]


def test_a_simulated_participant_gets_no_real_ratings(tmp_path: Path) -> None:
    study = imported(GOOD)
    Participant.objects.filter(label="Ann").update(simulated=True)
    assert "Ann is a simulated participant" in refusal(tmp_path, HEADER, "Ann,p2,music,,5,", study=study.name)


@pytest.mark.parametrize("name", ["", "two words", "x" * 61, "a/b"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    assert "a name has" in refusal(tmp_path, *GOOD, study=name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv: cannot be read") as refused:
        call_command("import_ratings", str(tmp_path / "none.csv"), study="listening")
    assert refused.value.returncode == 2
