"""The Django project: settings, database, addresses, and the processes `make run` keeps alive."""
