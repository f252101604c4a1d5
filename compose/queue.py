"""How long the queue is: for whoever waits in it, for health checks, and to refuse what could not be made in time."""

from dataclasses import dataclass

from django.db import connection

STATE = """
SELECT
    (SELECT (count(*) + 1) / 2 FROM procrastinate_workers -- each is registered twice: for pieces and for live music
     WHERE last_heartbeat > now() - make_interval(secs => %(recent_s)s)),
    count(*),
    coalesce(extract(epoch FROM now() - min(deferred.at)), 0)
FROM procrastinate_jobs AS job
LEFT JOIN procrastinate_events AS deferred ON deferred.job_id = job.id AND deferred.type = 'deferred'
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
"""
AHEAD = """
SELECT count(*) FROM procrastinate_jobs AS job
WHERE job.status IN ('todo', 'doing') AND job.task_name = 'compose_piece' AND job.id < (
    SELECT id FROM procrastinate_jobs
    WHERE task_name = 'compose_piece' AND args ->> 'composition_id' = %s AND status = 'todo'
)
"""
HEARD_OF_S = 10.0  # a worker that was silent for longer is not counted


@dataclass(frozen=True)
class QueueState:
    """Workers heard of lately, jobs that none has taken up, and for how many seconds the oldest of them has waited."""

    n_workers: int
    n_waiting: int
    oldest_s: float


def queue_state() -> QueueState:
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"recent_s": HEARD_OF_S})
        n_workers, n_waiting, oldest_s = cursor.fetchone()
    return QueueState(n_workers, n_waiting, float(oldest_s))


def n_ahead(composition_id: str) -> int:
    """How many pieces are made before this one, the one being made included."""
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, [composition_id])
        (n,) = cursor.fetchone()
    return int(n)
