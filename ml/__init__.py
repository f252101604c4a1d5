"""Expression reading and emotional music: plain Python and PyTorch, no Django."""
