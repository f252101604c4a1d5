"""The live mode's side of a reading socket: what a listener asks for, and what is told of their music."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from channels.db import database_sync_to_async as in_database
from django.utils import timezone

from compose import live_jobs, pipeline, protocol
from compose.live_models import LiveError, LiveMusic, LivePhrase
from compose.queue import queue_state
from ml.domain import EmotionTarget, Expression
from ml.errors import SentiMozartError
from sentimozart_site.operations import limits
from sentimozart_site.operations.limits import TooMany

if TYPE_CHECKING:
    from compose.consumers import Messenger

LONGEST_S = 590.0  # ten minutes, less what the last phrase and the cadence take: a piece lasts 600 s at most
LISTENERS_A_WORKER = 3  # a phrase takes a worker about half a second on two slow cores, every two seconds
TRY_AGAIN_S = 60  # when all workers play for others

Live = protocol.FollowMessage | protocol.AskPhraseMessage | protocol.StopMessage


class LiveLine:
    """Belongs to one socket; the music itself belongs to nobody, so another socket may go on with it."""

    def __init__(self, consumer: "Messenger") -> None:
        self.consumer = consumer
        self.live_id: UUID | None = None

    async def answer(self, message: Live, smoothed: Expression | None) -> None:
        """Do what was asked; what cannot be done is answered as live music's own error.

        Args:
            smoothed: what the face shows; None while there is none.
        """
        try:
            if isinstance(message, protocol.FollowMessage):
                await self.follow(message, smoothed)
            elif isinstance(message, protocol.AskPhraseMessage):
                target = pipeline.target_of(smoothed, message.finer) if smoothed else None
                await self.tell_phrase(await in_database(ask)(self.joined(), message.number, target))
            else:
                await in_database(close)(self.joined(), message.after)
                await self.tell_whether_over()
        except SentiMozartError as error:
            await self.consumer.tell(protocol.LiveErrorMessage(error.code, error.detail))

    async def follow(self, message: protocol.FollowMessage, smoothed: Expression | None) -> None:
        if message.live is not None:
            live = await in_database(find)(message.live)
        elif smoothed is None:
            raise LiveError("no-face", "No face was seen in the last second. Look into the camera and try again.")
        else:
            who = limits.client_of_socket(self.consumer.scope)
            live = await in_database(begin)(pipeline.target_of(smoothed, message.finer), who)
        await self.join(live.pk)
        await self.consumer.tell(protocol.FollowingMessage(str(live.pk)))
        await self.tell_whether_over()

    def joined(self) -> UUID:
        if self.live_id is None:
            raise LiveError("not-following", "There is no live music on this connection: send follow first.")
        return self.live_id

    async def join(self, live_id: UUID) -> None:
        await self.leave()
        self.live_id = live_id
        await self.consumer.channel_layer.group_add(live_jobs.group_of(str(live_id)), self.consumer.channel_name)

    async def leave(self) -> None:
        if self.live_id is not None:
            group = live_jobs.group_of(str(self.live_id))
            await self.consumer.channel_layer.group_discard(group, self.consumer.channel_name)
        self.live_id = None

    async def phrase_made(self, event: dict[str, Any]) -> None:
        if self.live_id is not None:
            await self.tell_phrase(await in_database(phrase_of)(self.live_id, event["number"]))

    async def ended(self, event: dict[str, Any]) -> None:
        if self.live_id is not None:
            await self.tell_whether_over()

    async def tell_phrase(self, phrase: LivePhrase | None) -> None:
        """Nothing is told of a phrase that is still to be composed; where the music is over, that is told instead."""
        if phrase is None:
            await self.tell_whether_over()
        elif phrase.end_s is not None:
            await self.consumer.tell(protocol.PhraseMessage.of(phrase))

    async def tell_whether_over(self) -> None:
        """The ending and the piece, once there are."""
        live, last = await in_database(state_of)(self.joined())
        if not live.is_over:
            return
        await self.leave()
        if last is not None:
            await self.consumer.tell(protocol.PhraseMessage.of(last))
        await self.consumer.tell(protocol.FollowedMessage.of(live.composition))


def begin(target: EmotionTarget, who: str) -> LiveMusic:
    """Begin live music, if this client may and the workers can.

    Raises:
        TooMany: "too-often" or "busy".
    """
    limits.take("follow", who)
    n_sounding = LiveMusic.objects.sounding(timezone.now()).count()
    if n_sounding >= LISTENERS_A_WORKER * max(queue_state().n_workers, 1):
        raise TooMany("busy", f"{n_sounding} people are being followed already. Please try again soon.", TRY_AGAIN_S)
    return LiveMusic.objects.begin(target)


def find(live_id: UUID) -> LiveMusic:
    live = LiveMusic.objects.select_related("composition").filter(pk=live_id).first()
    if live is None:
        raise LiveError("no-live", f"There is no live music {live_id}.")
    return live


def ask(live_id: UUID, number: int, target: EmotionTarget | None) -> LivePhrase | None:
    """The phrase, composed or not; None where the music has ended. Music that has lasted long enough is ended."""
    live = find(live_id)
    if live.is_over:
        return None
    if live.lasts_s >= LONGEST_S and number >= live.composed.count():
        live_jobs.queue_once(live_jobs.close_live, str(live_id), after=None)
        return None
    return live.ask(number, target)


def close(live_id: UUID, after: int | None) -> None:
    live_jobs.queue_once(live_jobs.close_live, str(live_id), after=after)


def phrase_of(live_id: UUID, number: int) -> LivePhrase | None:
    return LivePhrase.objects.filter(live=live_id, number=number).first()


def state_of(live_id: UUID) -> tuple[LiveMusic, LivePhrase | None]:
    live = find(live_id)
    return live, live.last
