"""Django's entry for this app."""

from django.apps import AppConfig


class ComposeConfig(AppConfig):
    name = "compose"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compose import expiry  # noqa: F401  # connects its signal
