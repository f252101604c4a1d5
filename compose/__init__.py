"""The webcam page: frames in, readings out, and pieces composed for them."""
