"""The first staff account: a link that works once, printed by `make run` while there is no such account yet."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

ADDRESS = "staff/first/"  # before the token
TOKEN_BYTES = 32


def link_file() -> Path:
    """Holds the SHA-256 of the one token that is good now; gone once it was used."""
    return Path(settings.DATA_DIR) / "staff-link"


def account_exists() -> bool:
    return get_user_model().objects.filter(is_superuser=True).exists()


def make_link() -> str | None:
    """A fresh path for the first account, which makes an older one void; None if there is an account already."""
    if account_exists():
        link_file().unlink(missing_ok=True)
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    partial = link_file().with_name("staff-link.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(digest(token))
    partial.replace(link_file())
    # Not reverse(): it loads every view, and with them PyTorch, into the process that only watches the others.
    return f"/{ADDRESS}{token}/"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_good(token: str) -> bool:
    try:
        expected = link_file().read_text()
    except FileNotFoundError:
        return False
    return hmac.compare_digest(digest(token), expected) and not account_exists()


def spend_link() -> None:
    """Void the link; of two that come at once only one gets through."""
    try:
        link_file().unlink()
    except FileNotFoundError:
        raise Http404("This link has been used.") from None


@never_cache
@sensitive_post_parameters("password1", "password2")
def first(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form; create the account, log in and go to the administration."""
    if not is_good(token):
        raise Http404("This link has been used, or a newer one was made.")
    form: UserCreationForm[User] = UserCreationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        spend_link()
        user = form.save(commit=False)
        user.is_staff = user.is_superuser = True
        user.save()
        login(request, user)
        return redirect("admin:index")
    return render(request, "staff/first.html", {"form": form})
