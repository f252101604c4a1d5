"""Reading an image of a study and asking for its piece, as a queued job."""

import logging

from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from compose import pipeline
from compose.jobs import QUEUE
from evaluation import pieces
from evaluation.models import Stimulus
from ml.domain import Expression
from ml.errors import SentiMozartError

logger = logging.getLogger(__name__)


@app.task(name="prepare_pair", queue=QUEUE)
def prepare_pair(stimulus_id: int) -> None:
    """Read one image and ask for its piece; what goes wrong is written beside the image. Twice is as good as once."""
    image = Stimulus.objects.select_related("study").filter(pk=stimulus_id).first()
    if image is None or not pieces.awaits_reading(image):
        return
    try:
        expression = read(image)
    except SentiMozartError as error:
        logger.warning("image %s of study %s: %s", image, image.study_id, error.detail)
        pieces.note_problem(image, error.detail)
    except FileNotFoundError:  # deleted or replaced while the job waited
        pieces.note_problem(image, gettext_noop("The file of this image is gone: replace it."))
    except Exception:  # a fault of ours: the page gets a sentence, the job its traceback
        pieces.note_problem(
            image, gettext_noop("Something went wrong while this image was read: replace it, or try it once more.")
        )
        raise
    else:
        pieces.settle(image, expression)


def read(image: Stimulus) -> Expression:
    """The machine's reading of the image.

    Raises:
        FrameError: no picture, or no face in it.
        CheckpointError: the weights are missing.
    """
    with image.image.open("rb") as file:
        return pipeline.read_picture(file.read())
