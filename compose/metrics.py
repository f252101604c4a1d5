"""What this process did with frames and sockets, for Prometheus (sentimozart_site/operations/metrics.py serves it)."""

from prometheus_client import Counter, Gauge, Histogram

# outcome: read, stale or refused; busy ones are among the refused
FRAMES = Counter("sentimozart_frames", "Frames of cameras by what became of them", ["outcome"])
READING_SECONDS = Histogram(
    "sentimozart_reading_seconds",
    "From a frame's arrival to its reading",
    buckets=(0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5),
)
SOCKETS = Gauge("sentimozart_sockets", "Open websockets by what they are for", ["kind"])  # reading, piece
