"""Who stands where in a position, by what was suggested."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access
from interviews.queries import ranking as ranked


@require_safe
@login_required
@never_cache
def ranking(request: HttpRequest, position_id: int) -> HttpResponse:
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    as_of = timezone.now()
    context = {"position": position, "as_of": as_of, "ranking": ranked.of(position, access.staff(request.user))}
    return render(request, "hr/ranking.html", context)
