"""Signing in as staff: so many wrong tries and no more, and a second factor for those who set one up.

A one-time password (RFC 6238) is asked of whoever has a confirmed device in the administration, under "OTP_TOTP";
codes for the day the telephone is lost are under "OTP_STATIC".
"""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_otp import match_token, user_has_device

from sentimozart_site.operations import limits
from sentimozart_site.operations.limits import TooMany


class SignIn(AdminAuthenticationForm):
    """Name and password, and the second factor of those who have one."""

    otp_token = forms.CharField(
        label=_("One-time password, if you set one up"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Refused before the password is looked at where this client, or anybody for this account, failed too often."""
        counted = self.counted()
        try:
            for who in counted:
                limits.look("login", who)
        except TooMany as error:
            raise ValidationError(error.detail, code=error.code) from error
        try:
            cleaned: dict[str, Any] = super().clean()
            self.check_second_factor()
        except ValidationError:
            for who in counted:
                limits.count("login", who)
            raise
        return cleaned

    def counted(self) -> tuple[str, ...]:
        name = str(self.cleaned_data.get("username") or "").casefold()
        account = hashlib.sha256(name.encode()).hexdigest()[:16]
        return (limits.client_of(self.request), account) if self.request else (account,)

    def check_second_factor(self) -> None:
        user = self.get_user()
        if user is None or not user_has_device(user):
            return
        token = self.cleaned_data.get("otp_token")
        if not token or match_token(user, token) is None:
            raise ValidationError(
                _("This account also needs the one-time password that its device shows."), "second-factor"
            )


def install() -> None:
    """Let the administration's sign-in, which is the site's only one, be this one."""
    admin.site.login_form = SignIn
