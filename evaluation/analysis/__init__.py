"""The study's statistics: arrays in, figures out (NumPy and SciPy, no Django)."""
