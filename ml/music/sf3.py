"""One instrument out of a soundfont, as a soundfont of its own: SF3 (samples in Ogg Vorbis) or SF2 → plain SF2.

FluidSynth unpacks every sample of an SF3 file each time it starts: seconds and half a gigabyte for a whole orchestra.
A piano that was taken out once loads in an instant.

Layout and field names: SoundFont Technical Specification 2.04 (E-mu, 2006), §5–7. SF3 differs in two things: a flag
marks compressed samples, and their loop points count from the sample's own beginning.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from ml.errors import RenderError
from ml.music.midi import written_whole

# The record of each table of the "pdta" list, in the order that the specification asks for; little-endian.
LAYOUTS = {
    "phdr": "<20s3H3I",  # name, programme, bank, first zone, three reserved words
    "pbag": "<2H",  # first generator and first modulator of a zone
    "pmod": "<2Hh2H",
    "pgen": "<2H",  # operator, amount
    "inst": "<20sH",  # name, first zone
    "ibag": "<2H",
    "imod": "<2Hh2H",
    "igen": "<2H",
    "shdr": "<20s5IBb2H",  # name, start, end, loop's start, loop's end, rate, pitch, correction, partner, type
}
INSTRUMENT, SAMPLE = 41, 53  # the generators that name a zone's instrument or sample
REVERB_SEND = 16  # in tenths of a percent
ATTACK, RELEASE = 34, 38  # in timecents: 1200 log2(seconds), for a rise from nothing and a fall by 100 dB
LONGEST_RELEASE = 0  # on top of an instrument's own: undamped treble strings then die as the recorded ones do
MONO, COMPRESSED = 1, 0x10  # types of a sample; the zones themselves pan left and right
SIGN = 0x8000  # amounts are signed numbers in unsigned words: from here on they are negative
SILENCE = bytes(2 * 46)  # the zeros that follow every sample (§6.1)

Record = tuple[Any, ...]
Tables = dict[str, list[Record]]


def take_instrument(font: Path, bank: int, program: int, out: Path, reverb: float = 0.0) -> None:
    """Write one preset of `font`, with all that it needs, to the new soundfont `out`; whole or not at all.

    Layers that swell for longer than a second are left out: they double the work and stay 17 dB or more below the rest.

    Args:
        reverb: the part of the sound, 0–1, that is sent into the room on top of what the font itself sends.

    Raises:
        RenderError: "no-soundfont" when a file cannot be read or written, "bad-soundfont" when the font is broken or
            lacks the preset.
    """
    try:
        taken = Extract(font.read_bytes(), bank, program, reverb)
        with written_whole(out) as partial:
            partial.write_bytes(taken.packed())
    except OSError as error:
        raise RenderError("no-soundfont", f"{error.filename}: {error.strerror}, so no piano is taken") from error
    except (LookupError, ValueError, struct.error, soundfile.LibsndfileError) as error:
        raise RenderError("bad-soundfont", f"{font}: preset {bank}:{program} cannot be taken out ({error})") from error


class Extract:
    """The tables of a new soundfont, filled from an old one by following a preset down to its samples."""

    def __init__(self, font: bytes, bank: int, program: int, reverb: float = 0.0) -> None:
        found = dict(chunks(font))
        self.old: Tables = {name: list(struct.iter_unpack(layout, found[name])) for name, layout in LAYOUTS.items()}
        self.new: Tables = {name: [] for name in LAYOUTS}
        self.old_sound, self.sound = found["smpl"], bytearray()
        self.numbers: dict[tuple[int, int], int] = {}  # (INSTRUMENT or SAMPLE, number in the old font) → in the new
        self.take_preset(bank, program, round(1000 * reverb))

    def take_preset(self, bank: int, program: int, reverb_send: int) -> None:
        presets = self.old["phdr"]
        at = [record[1:3] for record in presets[:-1]].index((program, bank))
        self.new["phdr"].append((*presets[at][:3], 0, 0, 0, 0))
        for zone in range(presets[at][3], presets[at + 1][3]):
            generators, modulators = self.zone("p", zone)
            own: dict[int, int] = dict(generators)
            if INSTRUMENT in own and 0 < own.get(ATTACK, 0) < SIGN:
                continue
            if LONGEST_RELEASE < own.get(RELEASE, 0) < SIGN:
                own[RELEASE] = LONGEST_RELEASE
            if INSTRUMENT in own:
                own[REVERB_SEND] = own.get(REVERB_SEND, 0) + reverb_send
                own[INSTRUMENT] = own.pop(INSTRUMENT)  # must be the last, as the ranges must be the first (§8.1.2)
            self.add_zone("p", list(own.items()), modulators)

    def zone(self, kind: str, number: int) -> tuple[list[Record], list[Record]]:
        """Generators and modulators of a preset's zone (kind "p") or an instrument's ("i")."""
        (generator, modulator), (generator_end, modulator_end) = self.old[f"{kind}bag"][number : number + 2]
        return self.old[f"{kind}gen"][generator:generator_end], self.old[f"{kind}mod"][modulator:modulator_end]

    def add_zone(self, kind: str, generators: list[Record], modulators: list[Record]) -> None:
        moved = [self.moved(*generator) for generator in generators]  # first of all: it may add tables of its own
        self.new[f"{kind}bag"].append((len(self.new[f"{kind}gen"]), len(self.new[f"{kind}mod"])))
        self.new[f"{kind}gen"] += moved
        self.new[f"{kind}mod"] += modulators

    def moved(self, operator: int, amount: int) -> Record:
        """A generator for the new font; the instrument or sample that it names is taken when it is first met."""
        takers = {INSTRUMENT: (self.take_named_instrument, "inst"), SAMPLE: (self.take_sample, "shdr")}
        if operator not in takers:
            return operator, amount
        take, table = takers[operator]
        if (operator, amount) not in self.numbers:
            self.numbers[operator, amount] = len(self.new[table])
            take(amount)
        return operator, self.numbers[operator, amount]

    def take_named_instrument(self, number: int) -> None:
        (name, first), (_, last) = self.old["inst"][number : number + 2]
        self.new["inst"].append((name, len(self.new["ibag"])))
        for zone in range(first, last):
            self.add_zone("i", *self.zone("i", zone))

    def take_sample(self, number: int) -> None:
        name, start, end, loop, loop_end, rate, pitch, correction, _, kind = self.old["shdr"][number]
        if kind & COMPRESSED:
            sound, loop_from = unpacked(self.old_sound[start:end]), 0
        else:
            sound, loop_from = self.old_sound[2 * start : 2 * end], start
        at = len(self.sound) // 2
        loops = (at + loop - loop_from, at + loop_end - loop_from)
        self.new["shdr"].append((name, at, at + len(sound) // 2, *loops, rate, pitch, correction, 0, MONO))
        self.sound += sound + SILENCE

    def packed(self) -> bytes:
        """The new soundfont as a file's bytes."""
        info = chunk("ifil", struct.pack("<2H", 2, 1)) + chunk("isng", b"EMU8000\0") + chunk("INAM", b"One piano\0")
        tables = b"".join(
            chunk(name, b"".join(struct.pack(LAYOUTS[name], *record) for record in records))
            for name, records in self.closed().items()
        )
        lists = (b"INFO" + info, b"sdta" + chunk("smpl", bytes(self.sound)), b"pdta" + tables)
        return chunk("RIFF", b"sfbk" + b"".join(chunk("LIST", content) for content in lists))

    def closed(self) -> Tables:
        """The tables with the closing record that each of them must have (§7)."""
        n = {name: len(records) for name, records in self.new.items()}
        closing: dict[str, Record] = {
            "phdr": (b"EOP", 0, 0, n["pbag"], 0, 0, 0),
            "pbag": (n["pgen"], n["pmod"]),
            "inst": (b"EOI", n["ibag"]),
            "ibag": (n["igen"], n["imod"]),
            "shdr": (b"EOS", *[0] * 9),
        }
        empty: dict[str, Record] = {"pmod": (0,) * 5, "pgen": (0,) * 2, "imod": (0,) * 5, "igen": (0,) * 2}
        return {name: [*records, (closing | empty)[name]] for name, records in self.new.items()}


def chunks(font: bytes) -> Iterator[tuple[str, bytes]]:
    """The chunks inside a font's lists; the padding byte after an odd length is often forgotten in SF3."""
    at = 12
    while at + 8 <= len(font):
        name, size = struct.unpack_from("<4sI", font, at)
        if name == b"LIST":
            at += 12
            continue
        yield name.decode("ascii"), font[at + 8 : at + 8 + size]
        at += 8 + size
        at += font[at : at + 1] == b"\0"


def chunk(name: str, content: bytes) -> bytes:
    return name.encode() + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def unpacked(ogg: bytes) -> bytes:
    """A compressed sample as 16-bit numbers."""
    sound: bytes = np.asarray(soundfile.read(io.BytesIO(ogg), dtype="int16")[0], "<i2").tobytes()
    return sound
