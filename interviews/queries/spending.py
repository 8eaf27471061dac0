"""What was spent on providers in the calendar month, in UTC, and whether there is a budget that it uses up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from interviews.models import Charge, Position


def spent(position_id: int | None = None) -> Decimal:
    """US dollars in this calendar month; of the whole site where no position is named."""
    charges = Charge.objects.filter(at__gte=month(timezone.now()))
    if position_id is not None:
        charges = charges.filter(position=position_id)
    return Decimal(charges.aggregate(total=Sum("cost", default=Decimal(0)))["total"])


def unknown(position_id: int) -> int:
    """Calls of this calendar month whose cost is not known."""
    return Charge.objects.filter(position=position_id, at__gte=month(timezone.now()), cost=None).count()


def month(of: datetime, *, after: int = 0) -> datetime:
    """When the month began that it is in, in UTC; or one that many months `after`."""
    years, number = divmod(of.month - 1 + after, 12)
    return of.replace(year=of.year + years, month=number + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def used_up(position: Position) -> str:
    """Whose budget is: "site", "position" or ""."""
    if settings.AI_BUDGET is not None and spent() >= settings.AI_BUDGET:
        return "site"
    if position.ai_budget is not None and spent(position.pk) >= position.ai_budget:
        return "position"
    return ""
