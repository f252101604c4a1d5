"""Session plans: everyone's is complete, pairs are kept apart, and positions, orders and places are balanced."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.design import (
    IMAGE,
    KINDS,
    MUSIC,
    REPEAT_DISTANCE,
    Offer,
    Protocol,
    Role,
    Slot,
    is_full,
    latin_order,
    session_plan,
)


def offers(n_pairs: int, n_practice: int = 0, taken: int = 0) -> list[Offer]:
    """`n_pairs` pairs and some practice stimuli; keys from 1."""
    pairs = [(kind, f"p{i}", False) for i in range(n_pairs) for kind in KINDS]
    practice = [(kind, f"x{i}", True) for i in range(n_practice) for kind in KINDS]
    return [Offer(key, kind, pair, taken, p) for key, (kind, pair, p) in enumerate(pairs + practice, start=1)]


def of_role(plan: tuple[Slot, ...], role: Role) -> list[int]:
    """Keys of the stimuli shown in this role; 0 for none."""
    return [slot.stimulus or 0 for slot in plan if slot.role is role]


@given(
    n_pairs=st.integers(1, 12),
    n_repeats=st.integers(0, 3),
    n_attention=st.integers(0, 5),
    n_practice=st.integers(0, 2),
    music_first=st.booleans(),
    row=st.integers(0, 30),
    seed=st.integers(0, 99),
)
def test_a_session_holds_every_stimulus_once_in_two_blocks(
    n_pairs: int, n_repeats: int, n_attention: int, n_practice: int, music_first: bool, row: int, seed: int
) -> None:
    shown = offers(n_pairs, n_practice)
    protocol = Protocol(20, n_repeats=n_repeats, n_attention=n_attention)
    plan = session_plan(shown, protocol, music_first, row, seed)
    assert sorted(of_role(plan, Role.MAIN)) == [o.key for o in shown if not o.practice]
    assert sorted(of_role(plan, Role.PRACTICE)) == [o.key for o in shown if o.practice]
    kinds = [slot.kind for slot in plan]
    assert kinds == sorted(kinds, reverse=music_first)  # "image" < "music": one block after the other
    assert all((slot.asked is not None) == (slot.role is Role.ATTENTION) for slot in plan)
    assert 0 not in of_role(plan, Role.REPEAT)
    for kind in KINDS:
        block = [slot for slot in plan if slot.kind == kind]
        assert all(slot.role is Role.PRACTICE for slot in block[:n_practice])
        assert block[-1].role is not Role.ATTENTION


@given(n_pairs=st.integers(2, 9), n_repeats=st.integers(0, 3), row=st.integers(0, 40), seed=st.integers(0, 99))
def test_an_image_never_stands_beside_its_own_clip(n_pairs: int, n_repeats: int, row: int, seed: int) -> None:
    shown = offers(n_pairs)
    pair_of = {o.key: o.pair for o in shown}
    for music_first in (False, True):
        plan = session_plan(shown, Protocol(20, n_repeats=n_repeats), music_first, row, seed)
        for one, other in pairwise(slot.stimulus for slot in plan):
            assert pair_of[one or 0] != pair_of[other or 0]


@given(n_pairs=st.integers(5, 12), row=st.integers(0, 40), seed=st.integers(0, 99))
def test_a_repeated_item_comes_back_only_after_others(n_pairs: int, row: int, seed: int) -> None:
    plan = session_plan(offers(n_pairs), Protocol(20, n_repeats=2), False, row, seed)
    for kind in KINDS:
        stimuli = [slot.stimulus for slot in plan if slot.kind == kind]
        repeats = [i for i, slot in enumerate(s for s in plan if s.kind == kind) if slot.role is Role.REPEAT]
        assert len(repeats) == 2
        assert all(i - stimuli.index(stimuli[i]) >= REPEAT_DISTANCE for i in repeats)


@pytest.mark.parametrize("n", [4, 5, 8])
def test_the_rows_are_a_balanced_latin_square(n: int) -> None:
    n_rows = n if n % 2 == 0 else 2 * n
    images = [offer for offer in offers(n) if offer.kind == IMAGE]
    rows = [[offer.key for offer in latin_order(images, row)] for row in range(n_rows)]
    places = Counter((place, key) for row in rows for place, key in enumerate(row))
    following = Counter(pair for row in rows for pair in pairwise(row))
    assert set(places.values()) == {n_rows // n} and len(places) == n * n
    assert len(set(following.values())) == 1 and len(following) == n * (n - 1)


def test_the_stimuli_with_the_fewest_ratings_are_taken_first() -> None:
    shown = [Offer(key, MUSIC, "", taken=key % 3) for key in range(1, 10)]
    plan = session_plan(shown, Protocol(20, per_block=3), False, row=0, seed=5)
    assert sorted(of_role(plan, Role.MAIN)) == [3, 6, 9]


def test_which_of_equals_are_taken_is_left_to_chance() -> None:
    shown = [Offer(key, MUSIC, "") for key in range(1, 10)]
    plans = [session_plan(shown, Protocol(20, per_block=3), False, 0, seed) for seed in range(20)]
    taken = {tuple(sorted(of_role(plan, Role.MAIN))) for plan in plans}
    assert len(taken) > 10


def test_a_study_is_full_when_every_rated_stimulus_is() -> None:
    full, practice = offers(3, taken=20), Offer(99, IMAGE, "", taken=0, practice=True)
    assert is_full([*full, practice], Protocol(20))
    assert not is_full([*full, Offer(98, IMAGE, "", taken=19)], Protocol(20))


def test_a_study_of_one_kind_has_one_block() -> None:
    shown = [Offer(key, MUSIC, "") for key in range(1, 7)]
    plan = session_plan(shown, Protocol(20, n_repeats=1, n_attention=2), False, row=3, seed=1)
    assert {slot.kind for slot in plan} == {MUSIC}
    assert Counter(slot.role for slot in plan) == {Role.MAIN: 6, Role.REPEAT: 1, Role.ATTENTION: 2}
