"""What `make bench` runs: one file per question."""
