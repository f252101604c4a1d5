"""The study that a crowd rates: made from pictures as `create_demo_study` makes it, with room for everyone."""

from pathlib import Path

from tests.browser import fake_camera
from tests.site import Server

NAME = "crowd"
FOLDERS = ("happy", "sad")  # what a person would have sorted the pictures by; the machine reads them itself
ROOM = 1_000_000  # ratings wanted of each stimulus: it never fills

MAKE = """
from pathlib import Path
from django.core.management import call_command
from evaluation.models import Study
call_command("create_demo_study", images=Path({folder!r}), per_expression={n}, name={name!r})
Study.objects.filter(name={name!r}).update(target_ratings={room})
study = Study.objects.get(name={name!r})
study.open()
print("opened")
"""


def write_pictures(folder: Path, n: int) -> None:
    """`n` portraits of one person in each of two folders, each closer than the one before."""
    for i, name in enumerate(FOLDERS):
        (folder / name).mkdir(parents=True)
        for k in range(n):
            picture = fake_camera.portrait(float(i), fake_camera.NEAR_PX + 10 * k, fake_camera.FRAME_PX)
            picture.save(folder / name / f"{k}.jpg", quality=fake_camera.JPEG_QUALITY)


def open_study(site: Server, n_per_folder: int) -> str:
    """Make and open it; its path."""
    folder = site.data_dir / "pictures"
    write_pictures(folder, n_per_folder)
    site.run(MAKE.format(folder=str(folder), n=n_per_folder, name=NAME, room=ROOM))
    return f"/study/{NAME}/"
