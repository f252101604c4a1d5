"""The parts of `benchmarks.frames`, one question a file.

Answers to frames are defined beside Django's models, so Django is set up first, in the tests' temporary folder.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()
