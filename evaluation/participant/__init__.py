"""What participants open: consent, sound check, rating, receipt, withdrawal."""
