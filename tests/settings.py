"""The site's settings for tests: everything made while running goes into a temporary folder, database included."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "SENTIMOZART_TESTS_IN" not in os.environ:  # manage.py started by a test shares that test's folder
    _folder = Path(tempfile.mkdtemp(prefix="sentimozart-tests-"))
    os.environ["SENTIMOZART_TESTS_IN"] = os.environ["DATA_DIR"] = str(_folder)
    for _name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "HTTPS", "DEBUG", "LOG_LEVEL"):
        os.environ.pop(_name, None)  # the tests must not depend on whose shell they run in
    # Registered before anything attaches the embedded server, so run after that has been stopped.
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)

from sentimozart_site.settings import *  # noqa: F403

LIMITS = {thing: (10_000, seconds) for thing, (_, seconds) in LIMITS.items()}  # noqa: F405  # all tests are one client
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
