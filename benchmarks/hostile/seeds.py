"""The real files and messages that are broken: pictures in three formats, bombs among them, music, sound, ratings."""

import io
import json
import struct
import wave
import zlib
from typing import Any

import numpy as np
import pretty_midi
import skimage.data
import soundfile
from PIL import Image

from benchmarks.hostile.mutate import Random, mutated

RATE = 22050


def encoded(kind: str, quality: int = 80) -> bytes:
    """A cup of coffee: nobody's face, so that nothing is composed from what survives."""
    out = io.BytesIO()
    Image.fromarray(skimage.data.coffee()).resize((320, 214)).save(out, kind, quality=quality)
    return out.getvalue()


def declared(width: int, height: int) -> bytes:
    """A PNG that says it is that large and holds one grey line of it: a decompression bomb's outside."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))

    header = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(width + 1)))
        + chunk(b"IEND", b"")
    )


def bomb() -> bytes:
    """A PNG of 7900 × 7900 zeros: 62 MB out of 60 kB, just within what photos may measure."""
    out = io.BytesIO()
    Image.new("L", (7900, 7900)).save(out, "PNG", optimize=True)
    return out.getvalue()


def pictures() -> list[bytes]:
    return [encoded("JPEG"), encoded("JPEG", 30), encoded("PNG"), encoded("WEBP"), declared(60_000, 60_000)]


def midi() -> bytes:
    """A scale with chords, a pedal and a change of tempo."""
    music = pretty_midi.PrettyMIDI(initial_tempo=96)
    piano = pretty_midi.Instrument(0)
    for i in range(48):
        for pitch in (48 + i % 12, 60 + i % 24):
            piano.notes.append(pretty_midi.Note(40 + i, pitch, i * 0.25, i * 0.25 + 0.4))
    piano.control_changes.append(pretty_midi.ControlChange(64, 127, 1.0))
    music.instruments.append(piano)
    out = io.BytesIO()
    music.write(out)
    return out.getvalue()


def sounds() -> list[bytes]:
    """Two seconds of a tone as WAV, FLAC and Ogg."""
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(2 * RATE) / RATE)
    files = []
    for kind, subtype in (("FLAC", "PCM_16"), ("OGG", "VORBIS")):
        out = io.BytesIO()
        soundfile.write(out, tone, RATE, format=kind, subtype=subtype)
        files.append(out.getvalue())
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone * 32767).astype(np.int16).tobytes())
    return [*files, out.getvalue()]


KEYS = ("type", "finer", "live", "number", "after", "n")
VALUES: tuple[Any, ...] = (
    "compose", "follow", "phrase", "stop", "2f3c7a50-0000-4000-8000-000000000000", "", "x" * 3000, "\x00", "💥",
    None, True, False, 0, 1, -1, 2**31, 2**63, 1e308, float("nan"), [], {}, [[[]]], {"type": "compose"},
)  # fmt: skip
DEEP = ("[" * 4000, '{"a":' * 600, "[" * 100_000)  # the last one is longer than a message may be


def messages(n: int, random: Random) -> list[bytes]:
    """What pages send on the reading socket with a value out of place, the same broken, and nests."""
    made = []
    for i in range(n):
        odd = {key: VALUES[int(random.integers(len(VALUES)))] for key in KEYS if random.random() < 0.4}
        kind = ("compose", "follow", "phrase", "stop")[int(random.integers(4))]
        text = json.dumps({"type": kind} | odd if random.random() < 0.7 else odd).encode()
        made.append(DEEP[i % len(DEEP)].encode() if i % 100 == 0 else mutated(text, random) if i % 2 else text)
    return made


def ratings() -> bytes:
    """Ratings as `import_ratings` reads them."""
    head = "participant,stimulus,kind,pair,score\n"
    lines = [
        f"P{p},s{s}-{kind},{kind},s{s},{(p * s) % 11}"
        for p in range(8)
        for s in range(5)
        for kind in ("image", "music")
    ]
    return (head + "\n".join(lines) + "\n").encode()
