"""A second factor for one's account: made, tried, taken away. The algorithm is RFC 6238's, by pyotp."""

from __future__ import annotations

import hashlib
import secrets

import pyotp
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from interviews.models import RecoveryCode, SecondFactor

STEP_SECONDS = 30
STEPS_EITHER_WAY = 1
"""Clocks differ, and typing takes its time."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 bits each: a plain hash keeps them (ASVS 6.5.2)."""


def new_secret() -> str:
    """Base32, 160 bits."""
    return pyotp.random_base32()


def address_for_app(secret: str, name: str) -> str:
    """What the QR code says: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=settings.SITE_NAME)


def is_required_of(user: User) -> bool:
    return settings.REQUIRE_TOTP and (user.is_superuser or user.is_staff)


def has_one(user: User) -> bool:
    return SecondFactor.objects.filter(user=user).exists()


def begin(user: User, secret: str, code: str) -> list[str] | None:
    """The recovery codes, which can be read here, once; None where the code is not the app's."""
    step = _step_of(secret, code, after=0)
    if step is None:
        return None
    with transaction.atomic():
        SecondFactor.objects.update_or_create(
            user=user, defaults={"secret": secret, "last_step": step, "made_at": timezone.now()}
        )
        return new_recovery_codes(user)


def new_recovery_codes(user: User) -> list[str]:
    """Instead of all earlier ones."""
    codes = [secrets.token_hex(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hash=_hash(code)) for code in codes)
    return ["-".join(code[at : at + 6] for at in range(0, len(code), 6)) for code in codes]


def is_good(user: User, typed: str) -> bool:
    """A code of the app or a recovery code. Each is good once: of two at the same time, one."""
    code = "".join(typed.split()).replace("-", "").lower()
    if len(code) > 6:
        return bool(RecoveryCode.objects.filter(user=user, hash=_hash(code)).delete()[0])
    factor = SecondFactor.objects.filter(user=user).first()
    step = _step_of(factor.secret, code, after=factor.last_step) if factor is not None else None
    if factor is None or step is None:
        return False
    return bool(SecondFactor.objects.filter(user=user, last_step=factor.last_step).update(last_step=step))


def take_away(user: User) -> None:
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        SecondFactor.objects.filter(user=user).delete()


def _step_of(secret: str, code: str, after: int) -> int | None:
    now = int(timezone.now().timestamp()) // STEP_SECONDS
    hotp = pyotp.HOTP(secret)
    for step in range(max(now - STEPS_EITHER_WAY, after + 1), now + STEPS_EITHER_WAY + 1):
        if constant_time_compare(hotp.at(step), code):
            return step
    return None


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
