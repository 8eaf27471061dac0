"""Who may have which recording, and what it is made of. `sending` has how it goes out."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from interviews import access
from interviews.actions import auditing
from interviews.media.captions import webvtt
from interviews.media.sniff import bare_type
from interviews.models import Interview, Rendition, Segment, Take, Transcript
from interviews.models.audit import Action
from interviews.models.transcripts import WRITTEN
from interviews.views.applicants import for_applicant
from interviews.views.sending import Stored, send


@require_safe
@for_applicant
def own_media(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponseBase:
    """In one piece: as it was received or, where it came in several, as soon as they are joined."""
    take = _ended(interview, take_id)
    rendition = Rendition.objects.filter(take=take).exclude(mime_type="").first()
    if rendition is not None and take.segments.count() > 1:
        return send(request, playable(rendition))
    return send(request, original(get_object_or_404(take.segments, number=1)))


@require_safe
@login_required
def review_original(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, number: int) -> HttpResponseBase:
    take = _counting(request, interview_id, take_id)
    segment = get_object_or_404(take.segments, number=number)
    _seen(request, Action.RECORDING_PLAYED, take)
    return send(request, original(segment))


@require_safe
@login_required
def review_playable(
    request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, version: uuid.UUID
) -> HttpResponseBase:
    rendition = _rendition(request, interview_id, take_id, version)
    _seen(request, Action.RECORDING_PLAYED, rendition.take)
    return send(request, playable(rendition))


@require_safe
@login_required
def review_poster(
    request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, version: uuid.UUID
) -> HttpResponseBase:
    return send(request, poster(_rendition(request, interview_id, take_id, version)))


@require_safe
@login_required
def review_captions(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, number: int) -> HttpResponse:
    """The words as they stand today; `number` is their version, so that a player asks again after a correction."""
    take = _counting(request, interview_id, take_id)
    transcript = get_object_or_404(Transcript.objects.exclude(engine=WRITTEN), take=take, version=number)
    _seen(request, Action.TRANSCRIPT_SEEN, take)
    words = ((word["text"], word["start"], word["end"]) for word in transcript.words)
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(webvtt(words), "text/vtt; charset=utf-8", headers=headers)


def _ended(interview: Interview, take_id: uuid.UUID) -> Take:
    take = get_object_or_404(Take.objects.exclude(state=Take.State.RECORDING), pk=take_id, interview=interview)
    take.interview = interview
    return take


def _counting(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID) -> Take:
    """Neither practice, nor a take that the applicant did not choose."""
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    get_object_or_404(interview.answers, take=take_id)
    return _ended(interview, take_id)


def _seen(request: HttpRequest, action: Action, take: Take) -> None:
    """Pictures are not asked about: what names their address, the page, is."""
    reader, interview = access.staff(request.user), take.interview
    auditing.seen(action, reader, interview.position.pk, interview.pk, subject=take)


def _rendition(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, version: uuid.UUID) -> Rendition:
    take = _counting(request, interview_id, take_id)
    rendition = get_object_or_404(Rendition, take=take, version=version)
    rendition.take = take
    return rendition


def original(segment: Segment) -> Stored:
    return Stored(segment.path, segment.sha256 or segment.pk.hex, bare_type(segment.mime_type), segment.received)


def playable(rendition: Rendition) -> Stored:
    return Stored(rendition.playable, rendition.version.hex, rendition.mime_type)


def poster(rendition: Rendition) -> Stored:
    return Stored(rendition.poster, rendition.version.hex, "image/jpeg")
