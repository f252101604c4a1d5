"""How fast are a webcam's frames read, for one camera and for a crowd?

python -m benchmarks.frames [--seconds 20] [--peers]

Prints where a frame's time goes (640×480 JPEG in, JSON out, one thread), how far that is from the least its networks
can take, what a running site answers to 1, 5 and 20 websockets, and with --peers what others take for the same frames.
The load runs on the same machine as the site; its share of the CPU is told (100 % is one core).
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.cameras import crowd, floor, peers, scenes, stages, tally
from ml.expression.read import ExpressionReader, load_reader
from tests.site import running_site

FACE = "one moving face"
CROWDS = ((1, scenes.CAMERA_FPS), (5, scenes.CAMERA_FPS), (20, scenes.CAMERA_FPS), (20, None))
PEERS = (peers.fer, peers.face_api)


def where_the_time_goes(reader: ExpressionReader, seconds: float) -> None:
    """Stages for each scene, then the floor."""
    print(stages.HEADER)
    followed_ms = 0.0
    for scene in scenes.SCENES:
        frames = stages.timed(scenes.film(scene), seconds, reader)
        print(*stages.rows(scene, frames), sep="\n", flush=True)
        if scene == FACE:
            followed_ms = stages.followed_ms(frames)
    print(f"\n{floor.sentence(followed_ms, reader)}", flush=True)


def crowds(seconds: float) -> None:
    """The site as `make run` starts it, and cameras."""
    film = scenes.film(FACE)
    print(f"\n{tally.HEADER}", flush=True)
    with tempfile.TemporaryDirectory(prefix="sentimozart-bench-") as folder, running_site(Path(folder)) as site:
        web_pid = site.find("daphne").pid
        asyncio.run(crowd.first_answer(site.url, film[0]))
        for n_cameras, fps in CROWDS:
            load = asyncio.run(crowd.measure(site.url, film, n_cameras, fps, seconds, web_pid))
            print(tally.row(load), flush=True)


def beside_peers(reader: ExpressionReader, seconds: float) -> None:
    """The same frames, one after another, on one core."""
    film = scenes.film(FACE)
    with tempfile.TemporaryDirectory(prefix="sentimozart-frames-") as folder, peers.on_one_core():
        peers.write_frames(film, Path(folder))
        ours = stages.as_peer(stages.timed(film, seconds, reader))
        print(f"\n{peers.HEADER}\n{peers.row(ours, ours)}", flush=True)
        for measure in PEERS:
            try:
                for peer in measure(Path(folder), seconds):
                    print(peers.row(peer, ours), flush=True)
            except peers.PeerError as error:
                print(f"{measure.__name__} was not measured: {error}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--peers", action="store_true", help="measure peers too; installs 2 GB into .venv/peers, once")
    args = parser.parse_args()
    reader = load_reader("live")
    where_the_time_goes(reader, args.seconds / 2)
    crowds(args.seconds)
    if args.peers:
        beside_peers(reader, args.seconds)


if __name__ == "__main__":
    main()
