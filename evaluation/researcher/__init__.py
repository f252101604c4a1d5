"""The staff's side: setting a study up, opening it, watching it."""
