"""A short run with two faults on a running site, and the books."""

import asyncio
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import faults
from benchmarks.crowd.composer import Composer
from benchmarks.crowd.rater import Acknowledged, Rater
from benchmarks.crowd.tally import Tally
from benchmarks.faulty import books, kinds, report
from benchmarks.faulty.kinds import Scene
from benchmarks.faulty.proxy import Proxy
from ml.music.soundfonts import SMALL_FONT
from tests.benchmarks.test_load import STUDY
from tests.site import Server

ORDER = ["one of PostgreSQL's processes killed", f"visitors' network cut for {kinds.CUT_S:g} s"]


def test_nothing_is_lost_when_the_database_restarts_and_the_network_goes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("N_WEBCAMS", 1), ("N_COMPOSERS", 1), ("N_RATERS", 4), ("CALM_S", (0.2, 0.5))):
        monkeypatch.setattr(faults, name, value)
    server.run(STUDY.format(name="faults"))

    async def endure() -> tuple[faults.Run, faults.Crowd]:
        proxy = Proxy(int(server.url.rsplit(":", 1)[1]))
        crowd = faults.Crowd(await proxy.start(), "/study/faults/")
        scene = Scene(server, proxy, SMALL_FONT)
        run = await faults.endure(scene, crowd, kinds.EVERYWHERE, ORDER, random.Random(0))
        await proxy.stop()
        return run, crowd

    run, crowd = asyncio.run(endure())
    held = faults.settled(server)
    balance = books.balance(server, held, crowd.raters, crowd.composers, run.moments_s)
    found = report.summary(run.kinds, run.recoveries_s, balance, load_before=0.0)
    assert "| visitors' network cut" in report.page(found, seed=0)
    told = found["faults"][report.ALL]
    assert told["n"] == 2 and max(most for _, most in told["back_s"].values()) < 60
    assert told["acknowledged"] > 0 and (told["lost"], told["doubled"]) == (0, 0)
    assert told["accepted"] >= 2 and told["bad"] == 0


def site_of(folder: Path) -> Server:
    """As far as the books look at it."""
    process = subprocess.Popen(["true"], text=True)
    process.wait()
    return Server("http://127.0.0.1:1", folder, process)


def row(**fields: Any) -> dict[str, Any]:
    return {
        "state": "ready", "code": "", "attempts": 1, "midi": "", "audio": "", "opening": "", "n_notes": 1, **fields
    }  # fmt: skip


def test_the_books_tell_what_is_lost_doubled_half_made_and_left_over(tmp_path: Path) -> None:
    rater = Rater("http://127.0.0.1:1", "/study/x/", Tally(), 0)
    rater.acknowledged = {
        "kept": Acknowledged(5.0, 1.0), "lost": Acknowledged(5.0, 2.0), "other": Acknowledged(5.0, 12.0),
        "twice": Acknowledged(5.0, 12.0),
    }  # fmt: skip
    composer = Composer("http://127.0.0.1:1", Tally())
    composer.asked = {"half": 1.0, "failed": 12.0, "never": 12.0, "stuck": 12.0}
    folder = tmp_path / "media" / "pieces" / "half"
    folder.mkdir(parents=True)
    for name in ("piece.mid", "piece.mp3"):
        (folder / name).write_bytes(b"half a file")
    held = {
        "ratings": [["kept", 5.0], ["other", 6.0], ["twice", 5.0], ["twice", 5.0]],
        "pieces": {
            "half": row(midi="pieces/half/piece.mid"), "failed": row(state="failed", code="too-short", attempts=2),
            "stuck": row(state="composing"),
        },
    }  # fmt: skip
    found = books.balance(site_of(tmp_path), held, [rater], [composer], [10.0])
    before, after = found.accounts
    assert (before.acknowledged, before.lost, after.acknowledged, after.lost, after.doubled) == (2, 1, 2, 1, 1)
    assert (dict(before.pieces), dict(after.pieces)) == ({"half-made": 1}, {"failed": 1, "lost": 2})
    assert found.orphans == ["pieces/half/piece.mp3"]
    assert (found.failures, found.attempts) == ({"too-short": 1}, {1: 1, 2: 1})


def test_a_network_is_cut_in_the_middle_and_comes_back() -> None:
    async def talk() -> list[bytes]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(100):
                writer.write(data)
            writer.close()

        site = await asyncio.start_server(echo, "127.0.0.1", 0)
        proxy = Proxy(site.sockets[0].getsockname()[1])
        port = int((await proxy.start()).rsplit(":", 1)[1])
        heard = []
        for seconds in (0.0, 0.2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hello")
            heard.append(await reader.read(100))
            cutting = asyncio.create_task(proxy.cut(seconds))
            try:
                heard.append(await asyncio.wait_for(reader.read(100), 5))
            except ConnectionResetError:
                heard.append(b"")
            await cutting
            writer.close()
        await proxy.stop()
        site.close()
        return heard

    assert asyncio.run(talk()) == [b"hello", b"", b"hello", b""]


def test_every_kind_comes_equally_often() -> None:
    order = faults.order_of(["a", "b", "c"], 8, random.Random(1))
    assert sorted(order.count(kind) for kind in "abc") == [2, 3, 3]
