"""From a FER2013-framed face to one of seven expressions."""
