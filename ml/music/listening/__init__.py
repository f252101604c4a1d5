"""How music is heard: features of notes and of sound, the trees that read them, and what they say."""
