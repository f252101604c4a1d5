"""Django's entry for what belongs to the whole site: its commands."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "sentimozart_site"
    verbose_name = "Site"
