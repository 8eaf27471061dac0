"""The words of a position's mail: shown with an example, written anew, put back."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from interviews.actions import running
from interviews.forms.positions import MailTextForm
from interviews.models import Message, Position
from interviews.processing import texts
from interviews.processing.deadlines import for_all
from interviews.queries.times import in_words
from interviews.views.invitations import for_coordinator


@require_safe
@for_coordinator
def mails(request: HttpRequest, position: Position) -> HttpResponse:
    own = set(position.mail_texts.values_list("kind", flat=True))
    kinds = [(kind.value, kind.label, kind.value in own) for kind in texts.KINDS]
    return render(request, "hr/positions/mails.html", {"position": position, "kinds": kinds})


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def mail(request: HttpRequest, position: Position, kind: str) -> HttpResponse:
    if kind not in {it.value for it in texts.KINDS}:
        raise Http404
    own = texts.written(position, kind)
    if request.method != "POST":
        stored = own or texts.ours(kind, position.language)
        words = {"subject": stored.subject, "body": stored.body}
        form = MailTextForm(kind=kind, language=position.language, initial=words)
        return _page(request, position, kind, form, stored)
    if request.POST.get("act") == "reset":
        running.use_our_words(position, kind)
        messages.success(request, _("Our words are used again."))
        return redirect("position-mail", position.pk, kind)
    form = MailTextForm(request.POST, kind=kind, language=position.language)
    if not form.is_valid():
        return _page(request, position, kind, form, None, 400)
    typed = texts.Words(form.cleaned_data["subject"], form.cleaned_data["body"])
    if request.POST.get("act") == "preview":
        return _page(request, position, kind, form, typed)
    running.write_mail(position, kind, typed.subject, typed.body)
    messages.success(request, _("The text is saved, and used from the next mail on."))
    return redirect("position-mail", position.pk, kind)


def _page(
    request: HttpRequest,
    position: Position,
    kind: str,
    form: MailTextForm,
    words: texts.Words | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "position": position,
        "kind": kind,
        "label": Message.Kind(kind).label,
        "form": form,
        "placeholders": texts.placeholders(kind),
        "is_own": position.mail_texts.filter(kind=kind).exists(),
        "preview": _preview(request, position, words) if words else None,
    }
    return render(request, "hr/positions/mail.html", context, status=status)


def _preview(request: HttpRequest, position: Position, words: texts.Words) -> texts.Words:
    """In the position's language, whatever that of its reader is."""
    with translation.override(position.language):
        return texts.filled(words, _example(request, position))


def _example(request: HttpRequest, position: Position) -> dict[str, str]:
    return {
        "name": _("Kim Example"),
        "position": position.title,
        "host": position.host,
        "contact": position.contact,
        "site": settings.SITE_NAME,
        "deadline": in_words(for_all(timezone.now() + timedelta(days=position.invitation_days), position), "UTC"),
        "link": request.build_absolute_uri("/interview/") + "…",
        "code": "GR-EXAMPLE",
        "receipt": _("(Here stands what was handed in: each answer with its length.)"),
    }
