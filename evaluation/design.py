"""Which stimuli the next participant rates, and in which order (no Django).

Blocks of one kind each; within a block practice comes first, then the rated stimuli in a row of a balanced Latin
square (Williams 1949: each item follows each other one equally often), with repeated and attention items strewn
in. An image never stands beside its own clip, nor a repeated item near its first showing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

IMAGE, MUSIC = "image", "music"
KINDS = (IMAGE, MUSIC)
LOWEST, HIGHEST = 0.0, 10.0  # the scale's ends: sad and happy
REPEAT_DISTANCE = 3  # screens between the two showings of a repeated item, where the block is long enough
ATTENTION_SCORES = (0.0, 1.0, 2.0, 8.0, 9.0, 10.0)  # far from where an absent-minded slider rests


class Role(StrEnum):
    MAIN = "main"
    PRACTICE = "practice"
    REPEAT = "repeat"
    ATTENTION = "attention"


@dataclass(frozen=True)
class Offer:
    """A stimulus that a participant could be given.

    Args:
        key: its primary key.
        kind: "image" or "music".
        pair: which pair it belongs to; empty for none.
        taken: how many people rated it or are about to.
        practice: only to practise with.
    """

    key: int
    kind: str
    pair: str
    taken: int = 0
    practice: bool = False


@dataclass(frozen=True)
class Protocol:
    """How sessions are built.

    Args:
        target: how many ratings each stimulus is to have.
        per_block: at most so many different stimuli of each kind in a session; None for all.
        n_repeats: how many stimuli of each kind are shown twice.
        n_attention: attention checks in a session, over both blocks.
    """

    target: int
    per_block: int | None = None
    n_repeats: int = 0
    n_attention: int = 0


@dataclass(frozen=True)
class Slot:
    """One screen of a session: a stimulus to rate, or an attention check with the score it asks for."""

    kind: str
    role: Role
    stimulus: int | None
    asked: float | None = None


def is_full(offers: Sequence[Offer], protocol: Protocol) -> bool:
    """Whether every stimulus has, or is about to have, as many ratings as it is to have."""
    return all(offer.taken >= protocol.target for offer in offers if not offer.practice)


def session_plan(
    offers: Sequence[Offer], protocol: Protocol, music_first: bool, row: int, seed: int
) -> tuple[Slot, ...]:
    """Everything that one participant is shown, in order.

    Args:
        offers: the study's visible stimuli; those with the fewest ratings are taken first.
        music_first: which block comes first; the caller balances this over participants.
        row: which row of the Latin square orders the blocks; the caller counts it up.
        seed: settles what is left to chance.
    """
    chance = random.Random(seed)
    kinds = [kind for kind in (KINDS[::-1] if music_first else KINDS) if any(o.kind == kind for o in offers)]
    checks = split(protocol.n_attention, len(kinds))
    blocks = []
    for kind, n_checks in zip(kinds, checks, strict=True):
        of_kind = [o for o in offers if o.kind == kind]
        rated = latin_order(choose([o for o in of_kind if not o.practice], protocol.per_block, chance), row)
        practice = [Slot(kind, Role.PRACTICE, o.key) for o in of_kind if o.practice]
        slots = with_checks(with_repeats(kind, rated, protocol.n_repeats, chance), kind, n_checks, chance)
        blocks.append(practice + slots)
    if len(blocks) == 2:
        part_pairs(blocks[0], blocks[1], pair_of={o.key: o.pair for o in offers if o.pair})
    return tuple(slot for block in blocks for slot in block)


def choose(offers: list[Offer], at_most: int | None, chance: random.Random) -> list[Offer]:
    """The stimuli with the fewest ratings, ties by lot; in the order of their keys."""
    drawn = sorted(offers, key=lambda offer: (offer.taken, chance.random()))[:at_most]
    return sorted(drawn, key=lambda offer: offer.key)


def latin_order(offers: list[Offer], row: int) -> list[Offer]:
    """The offers in row `row` of a balanced Latin square (for an odd number, of its 2n rows, half of them mirrored)."""
    n = len(offers)
    if n == 0:
        return []
    steps = [(-(i + 1) // 2 if i % 2 else i // 2) % n for i in range(n)]  # 0, n−1, 1, n−2, 2, …
    order = [offers[(step + row) % n] for step in steps]
    return order[::-1] if n % 2 and row // n % 2 else order


def part_pairs(before: list[Slot], after: list[Slot], pair_of: dict[int, str]) -> None:
    """Keep the last screen of one block and the first of the next from being a pair, by swapping the latter on."""
    pair = pair_of.get(before[-1].stimulus or 0)
    if pair is None or pair_of.get(after[0].stimulus or 0) != pair:
        return
    other = next((i for i, slot in enumerate(after) if i and slot.role is Role.MAIN), None)
    if other is not None:
        after[0], after[other] = after[other], after[0]


def split(n: int, parts: int) -> list[int]:
    """`n` things over `parts` blocks, the earlier ones getting what is left over."""
    return [n // parts + (i < n % parts) for i in range(parts)] if parts else []


def with_repeats(kind: str, rated: list[Offer], n_repeats: int, chance: random.Random) -> list[Slot]:
    """The block's rated items, some of the early ones once more at its end, far from where they stood."""
    slots = [Slot(kind, Role.MAIN, offer.key) for offer in rated]
    early = slots[: max(len(slots) - REPEAT_DISTANCE, 0)]
    repeated = chance.sample(early, min(n_repeats, len(early)))
    return slots + [Slot(kind, Role.REPEAT, slot.stimulus) for slot in repeated]


def with_checks(slots: list[Slot], kind: str, n_checks: int, chance: random.Random) -> list[Slot]:
    """Attention checks strewn into a block: never first or last, where they would stand between the blocks."""
    places = range(1, len(slots))
    for place in sorted(chance.sample(places, min(n_checks, len(places))), reverse=True):
        slots.insert(place, Slot(kind, Role.ATTENTION, None, chance.choice(ATTENTION_SCORES)))
    return slots
