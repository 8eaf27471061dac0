"""What applicants said of their sex and ethnicity, if they wanted to, for counting alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.models.notices import Notice


class SelfReport(models.Model):
    """One person's. No row of another table points here, nor does this one: `key` is worked out of an interview's id
    with this site's secret key (`queries.self_reports`), and there is no time. So neither a page about an interview nor
    a copy of the database alone leads from one to the other. "" is: prefers not to say.
    """

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        ANOTHER = "another", _("Another, for example non-binary")

    class Ethnicity(models.TextChoices):
        """The categories of EEO-1."""

        HISPANIC = "hispanic", _("Hispanic or Latino")
        WHITE = "white", _("White (not Hispanic or Latino)")
        BLACK = "black", _("Black or African American (not Hispanic or Latino)")
        ASIAN = "asian", _("Asian (not Hispanic or Latino)")
        NATIVE = "native", _("American Indian or Alaska Native (not Hispanic or Latino)")
        PACIFIC = "pacific", _("Native Hawaiian or other Pacific Islander (not Hispanic or Latino)")
        SEVERAL = "several", _("Two or more of these (not Hispanic or Latino)")

    key = models.CharField(max_length=64, primary_key=True)
    sex = models.CharField(max_length=8, choices=Sex, blank=True)
    ethnicity = models.CharField(max_length=8, choices=Ethnicity, blank=True)
    notice = models.ForeignKey(
        Notice,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="that stood above the questions; none: no notice",
    )

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return "what somebody said of themselves"
