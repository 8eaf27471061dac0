"""One applicant's pass through one question set."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from interviews.models.notices import Notice
from interviews.models.positions import EXTERNAL_LENGTH, Position, QuestionSet
from interviews.models.searching import WORD_LENGTH, folded, words_of

SORTED_BY = 100
"""Characters of a name."""


class Applicant(models.Model):
    """Who makes them in bulk gives `sort_name` and the words too."""

    name = models.CharField(max_length=200)
    email = models.EmailField()
    external_id = models.CharField(
        max_length=EXTERNAL_LENGTH,
        blank=True,
        db_index=True,
        help_text="of the person in another system; several applicants may have the same",
    )
    sort_name = models.CharField(max_length=SORTED_BY, editable=False, help_text="the name as it is compared")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("applicant")
        verbose_name_plural = _("applicants")
        ordering: ClassVar = ["name", "pk"]
        indexes: ClassVar = [models.Index(fields=["sort_name"], name="applicant_by_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_name = sort_name(self.name)
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if not is_new:
                self.words.all().delete()
            also = [] if is_new else self.interviews.exclude(external_id="").values_list("external_id", flat=True)
            words = sorted(words_of(self.name, self.email, self.external_id, *also))
            ApplicantWord.objects.bulk_create(ApplicantWord(applicant=self, word=word) for word in words)

    def found_by(self, external_id: str) -> None:
        """That of one of their interviews, too."""
        words = words_of(external_id) - set(self.words.values_list("word", flat=True))
        ApplicantWord.objects.bulk_create(ApplicantWord(applicant=self, word=word) for word in sorted(words))


def sort_name(name: str) -> str:
    return folded(name)[:SORTED_BY]


class ApplicantWord(models.Model):
    """What an applicant is found by: a word of the name or the address, or a part of one, folded."""

    applicant = models.ForeignKey(Applicant, models.CASCADE, related_name="words")
    word = models.CharField(max_length=WORD_LENGTH)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["word", "applicant"],
                opclasses=["varchar_pattern_ops", "int8_ops"],  # for LIKE 'ber%', whatever the database's language
                name="applicant_by_word",
            )
        ]

    def __str__(self) -> str:
        return self.word


class Interview(models.Model):
    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        STARTED = "started", _("Started")
        SUBMITTED = "submitted", _("Submitted")
        SCORED = "scored", _("Scored")  # the machine is done; whether there is a score, the result says

    class Device(models.TextChoices):
        PHONE = "phone", _("Phone")
        TABLET = "tablet", _("Tablet")
        COMPUTER = "computer", _("Computer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    applicant = models.ForeignKey(Applicant, models.PROTECT, related_name="interviews")
    question_set = models.ForeignKey(QuestionSet, models.PROTECT, related_name="interviews")
    external_id = models.CharField(
        max_length=EXTERNAL_LENGTH, blank=True, editable=False, help_text="of the application in another system"
    )
    state = models.CharField(max_length=16, choices=State, default=State.INVITED, editable=False)
    deadline = models.DateTimeField(help_text=_("The link can be used until then (UTC)."))
    days_end = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="of its invitation; none: its position's deadline does not move its own",
    )
    given_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="to this one alone; none: no more than all have"
    )
    remind_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when the one automatic reminder is due; none, or no more"
    )
    time_zone = models.CharField(max_length=64, blank=True, editable=False, help_text="the applicant's, once seen")
    language = models.CharField(
        max_length=8,
        choices=settings.LANGUAGES,
        blank=True,
        editable=False,
        help_text="in which the applicant joined or agreed, or which they chose since; blank: none yet",
    )
    opened_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="its link, for the first time")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="by the applicant; where it is `erased_at`, with the erasure"
    )
    erasure_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    media_erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    transcripts_erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="nothing of the person is left, only what is counted"
    )
    consented_at = models.DateTimeField(null=True, blank=True, editable=False)
    consent_version = models.CharField(max_length=16, blank=True, editable=False, help_text="of the words agreed to")
    device = models.CharField(
        max_length=8, choices=Device, blank=True, editable=False, help_text="that was used to agree; blank: not known"
    )
    ai_consent = models.BooleanField(
        null=True, blank=True, editable=False, help_text="to being transcribed and assessed by AI; none: not asked"
    )
    ai_consent_version = models.CharField(
        max_length=16, blank=True, editable=False, help_text="of the words asked with"
    )
    notice = models.ForeignKey(
        Notice,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="the site's own that they read before they agreed; none: there was none",
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["state"], name="interview_state"),
            models.Index(fields=["-created_at", "-id"], name="interview_by_arrival"),
            models.Index(fields=["question_set", "-created_at", "-id"], name="interview_of_position"),
            models.Index(
                fields=["submitted_at", "id"],
                condition=models.Q(submitted_at__isnull=False),
                name="interview_by_handing_in",
            ),
            models.Index(fields=["remind_at"], condition=models.Q(remind_at__isnull=False), name="interview_to_remind"),
            models.Index(
                fields=["erasure_asked_at"],
                condition=models.Q(erasure_asked_at__isnull=False, erased_at__isnull=True),
                name="interview_to_erase",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="invited") | models.Q(consented_at__isnull=False),
                name="interview_needs_consent",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["submitted", "scored"]) | models.Q(submitted_at__isnull=False),
                name="submitted_interview_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ai_consent__isnull=True, ai_consent_version="")
                | (models.Q(ai_consent__isnull=False, consented_at__isnull=False) & ~models.Q(ai_consent_version="")),
                name="ai_consent_names_its_words",
            ),
            models.UniqueConstraint(
                fields=["external_id"], condition=~models.Q(external_id=""), name="interview_external_id_is_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True)
                | models.Q(
                    media_erased_at__isnull=False,
                    transcripts_erased_at__isnull=False,
                    withdrawn_at__isnull=False,
                    time_zone="",
                    language="",
                ),
                name="erased_interview_keeps_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.applicant} · {self.position}"

    @property
    def position(self) -> Position:
        return self.question_set.position

    @property
    def mail_language(self) -> str:
        return self.language or self.position.language

    @property
    def is_submitted(self) -> bool:
        return self.state in (self.State.SUBMITTED, self.State.SCORED)

    @property
    def receipt_code(self) -> str:
        """Short enough to read over a telephone; identifies, does not authorise."""
        digits = self.id.hex[:10].upper()
        return f"{digits[:5]}-{digits[5:]}"


class Link(models.Model):
    """A way into one interview. Who it was made for holds its token; here is only the hash.

    Each mail carries one of its own, and those before it stay good: nobody is locked out by a reminder.
    """

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="links")
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"link {self.pk}"
