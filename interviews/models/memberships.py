"""Who works on a position, and as what."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.models.positions import Position


class Membership(models.Model):
    """One person's part in one position. What each role may do, `access` says."""

    class Role(models.TextChoices):
        RECRUITER = "recruiter", _("Recruiter")
        REVIEWER = "reviewer", _("Reviewer")
        VIEWER = "viewer", _("Viewer")

    position = models.ForeignKey(Position, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(
        max_length=16,
        choices=Role,
        default=Role.REVIEWER,
        help_text=_("Recruiters run the position, reviewers rate and decide, viewers only see."),
    )

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering: ClassVar = ["position_id", "user__username"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position", "user"], name="one_role_per_person_and_position"),
            models.CheckConstraint(
                condition=models.Q(role__in=["recruiter", "reviewer", "viewer"]), name="role_is_one_of_three"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
