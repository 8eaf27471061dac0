"""What is arranged for one applicant: other conditions, more time. No reason is ever asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Question


class Accommodation(models.Model):
    """What differs for this applicant. Reviewers and engines never learn of it; who may change it, may see it."""

    class Time(models.IntegerChoices):
        """In per cent of what the question gives, thinking and answering alike."""

        USUAL = 100, _("The usual time")
        HALF_MORE = 150, _("Half as much again")
        DOUBLE = 200, _("Twice the time")
        TRIPLE = 300, _("Three times the time")
        UNLIMITED = 0, _("No time limit")

    class Wish(models.TextChoices):
        TIME = "time", _("More time to think and to answer")
        TAKES = "takes", _("More recordings per question")
        AUDIO = "audio", _("Sound only, without a picture of me")
        TEXT = "text", _("Writing my answers instead of speaking")
        CAPTIONS = "captions", _("Captions on videos")
        OTHER = "other", _("Something else")

    interview = models.OneToOneField(Interview, models.CASCADE, related_name="accommodation")
    time_percent = models.PositiveSmallIntegerField(_("time"), choices=Time, default=Time.USUAL)
    extra_takes = models.PositiveSmallIntegerField(_("more recordings per question"), default=0)
    audio_only = models.BooleanField(_("sound only"), default=False)
    written = models.BooleanField(_("may write instead of speak"), default=False)
    captions = models.BooleanField(_("captions shown from the start"), default=False)
    wishes = models.JSONField(default=list, blank=True, editable=False, help_text="[Wish], as the applicant asked")
    note = models.CharField(max_length=500, blank=True, editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("accommodation")
        verbose_name_plural = _("accommodations")
        ordering: ClassVar = ["-changed_at"]

    def __str__(self) -> str:
        return str(self.interview)

    @property
    def is_open(self) -> bool:
        """Asked for, and nobody has answered yet."""
        return self.asked_at is not None and self.answered_at is None

    def wished(self) -> list[str]:
        labels = dict(self.Wish.choices)
        return [str(labels[wish]) for wish in self.wishes if wish in labels]

    def think_seconds(self, question: Question) -> int:
        """0: no clock."""
        return question.think_seconds * self.time_percent // 100

    def answer_seconds(self, question: Question) -> int:
        """0: no limit."""
        return question.answer_seconds * self.time_percent // 100

    def takes(self, question: Question) -> int:
        return question.takes + self.extra_takes


def arranged_for(interview: Interview) -> Accommodation:
    """What is arranged; where nothing is, the usual conditions as a row that is not stored."""
    return Accommodation.objects.filter(interview=interview).first() or Accommodation(interview=interview)


class ExtensionRequest(models.Model):
    """The applicant asks for a later deadline."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        GRANTED = "granted", _("Granted")
        DECLINED = "declined", _("Declined")

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="extension_requests")
    state = models.CharField(max_length=16, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("request for more time")
        verbose_name_plural = _("requests for more time")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interview"], condition=models.Q(state="asked"), name="one_open_extension_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.interview}: {self.get_state_display()}"


DEADLINE_GRACE = timedelta(hours=24)
"""How long after the deadline what was begun before it may still arrive, be finished and be submitted."""


def grace_ends(interview: Interview) -> datetime:
    return interview.deadline + DEADLINE_GRACE
