#!/usr/bin/env python
"""Django's commands, with the database made ready first; a wrong input ends in one line and exit status 2."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from ml.errors import SentiMozartError
from sentimozart_site import database


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentimozart_site.settings")
    try:
        database.prepare(sys.argv)
        execute_from_command_line(sys.argv)
    except (SentiMozartError, ImproperlyConfigured) as error:
        print(f"error: {error}".replace("\n", " "), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
