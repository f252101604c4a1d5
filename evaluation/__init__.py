"""The rating study: stimuli, participants, ratings, and the report on them."""
