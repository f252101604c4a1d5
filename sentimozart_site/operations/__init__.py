"""What those who run the site need: health, metrics, logs, limits, backups."""
