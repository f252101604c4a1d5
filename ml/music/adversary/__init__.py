"""Training against a discriminator: whole passages are judged, where the likelihood only ever sees the next note."""
