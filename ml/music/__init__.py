"""From an emotion to piano notes, and from notes to MIDI and sound."""
