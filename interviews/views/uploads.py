"""Recordings on their way in.

The wire is tus 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation, creation-defer-length,
creation-with-upload, checksum (sha256, sha1), expiration and termination. Everything lies under /interview/<interview>/
and needs the cookies of whoever opened the link, and `X-CSRFToken`. A take is made of one upload, a *segment*, or of
several where recording was interrupted and went on.

```
OPTIONS uploads/                   204  Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm
POST    uploads/                   201  Location: uploads/<segment>/
        Upload-Length or Upload-Defer-Length; Upload-Metadata with
          filetype            what MediaRecorder calls it
          question or take    a new take of the one, or a further segment of the other, to which the earlier ones close
          client   optional   the sender's own name for this upload: sent again, the same creation is the same upload
          writer   optional   the tab that alone may add to the take, until another one takes over
        -> {"take", "number", "segment", "segment_number", "finish", "claim"}
HEAD    uploads/<segment>/         200  Upload-Offset, Upload-Length or -Defer-Length, Upload-Metadata, Upload-Expires
PATCH   uploads/<segment>/         204  Upload-Offset, Upload-Expires
        Upload-Offset, Upload-Checksum, Upload-Length; and of our own
          Upload-Writer    the take's writer, where it has one
          Recorded-Ms      the answer's clock at the end of this piece, from the take's beginning on; only shown
DELETE  uploads/<segment>/         204
GET     uploads/                   200  {"unfinished": [...]}: queries.takes.Unfinished; the page has it as well
POST    takes/<take>/claim/        200  {"writer"} -> the take as in "unfinished"; other tabs are refused from then on
POST    takes/<take>/finish/       200  {"segments": [{"segment", "length", "digest"}], "writer"}
        -> {"take", "question", "number", "state", "bytes", "seconds", "sha256", "received_at", "takes_left"}
```

`digest` is the SHA-256, in hexadecimal, over the raw SHA-256 digests (32 bytes each) of the pieces in the order in
which they were acknowledged, one for each PATCH: what a browser can compute without keeping the recording. null for a
segment that another device sent. An upload whose length was declared finishes its take by reaching it.

An acknowledged offset means: on disk for good. A piece is kept whole or not at all. Refusals are JSON, {"error": code,
"message": sentence for the person}; 409 wrong_offset says in Upload-Offset where to go on. The codes are in
actions/refusals.py; 403 taken_over: another tab or device goes on with this take.
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from interviews.actions import finishing, uploading
from interviews.actions.refusals import NoSuchTake, NotARecording, Refused
from interviews.forms import bodies
from interviews.models import Interview, Segment, Take
from interviews.queries.takes import unfinished, unfinished_take
from interviews.views import tus
from interviews.views.tus import for_recorder


def listed(request: HttpRequest, interview: Interview) -> HttpResponse:
    return JsonResponse({"unfinished": unfinished(interview)})


def create(request: HttpRequest, interview: Interview) -> HttpResponse:
    asked = tus.creation(request)
    if asked.take is not None:
        segment = uploading.go_on(interview, asked.take, asked.sender, asked.length)
    else:
        segment = uploading.begin(interview, asked.question or 0, asked.sender, asked.length)
    if request.content_type == tus.OCTETS and not segment.received:
        try:
            segment = _append(request, segment, 0, asked.sender.writer)
        except Refused:
            if not Segment.objects.filter(pk=segment.pk, received__gt=0).exists():
                uploading.drop(segment.pk, asked.sender.writer)
            raise
    take = segment.take
    response = JsonResponse(
        {
            "take": str(take.pk),
            "number": take.number,
            "segment": str(segment.pk),
            "segment_number": segment.number,
            "finish": reverse("take-finish", args=[interview.pk, take.pk]),
            "claim": reverse("take-claim", args=[interview.pk, take.pk]),
        },
        status=201,
    )
    response["Location"] = reverse("upload", args=[interview.pk, segment.pk])
    return _standing(response, interview, segment)


def head(request: HttpRequest, interview: Interview, segment_id: uuid.UUID) -> HttpResponse:
    segment = _segment(interview, segment_id)
    if segment.length == segment.received:
        _end(segment, tus.writer(request), must=False)  # where we were stopped between the last piece and this
    response = _standing(HttpResponse(), interview, segment)
    if segment.length is None:
        response["Upload-Defer-Length"] = "1"
    else:
        response["Upload-Length"] = str(segment.length)
    if segment.metadata:
        response["Upload-Metadata"] = segment.metadata
    return response


def patch(request: HttpRequest, interview: Interview, segment_id: uuid.UUID) -> HttpResponse:
    segment = _segment(interview, segment_id)
    if request.content_type != tus.OCTETS:
        raise NotARecording(_("Pieces of a recording are sent as application/offset+octet-stream."))
    segment = _append(request, segment, tus.offset(request), tus.writer(request))
    return _standing(HttpResponse(status=204), interview, segment)


def drop(request: HttpRequest, interview: Interview, segment_id: uuid.UUID) -> HttpResponse:
    uploading.drop(_segment(interview, segment_id).pk, tus.writer(request))
    return HttpResponse(status=204)


uploads = tus.by_method(GET=listed, POST=create)
upload = tus.by_method(HEAD=head, PATCH=patch, DELETE=drop)


@require_POST
@for_recorder
def claim(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponse:
    take = uploading.claim(interview, take_id, bodies.claim(request))
    return JsonResponse(unfinished_take(take))


@require_POST
@for_recorder
def finish(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponse:
    if not Take.objects.filter(pk=take_id, interview=interview).exists():
        raise NoSuchTake(_("This recording is not known here. Load the page and record again."))
    told = bodies.finish(request)
    finished = finishing.finish_take(take_id, told.ends, told.writer)
    stored = finished.take
    return JsonResponse(
        {
            "take": str(stored.pk),
            "question": stored.question_id,
            "number": stored.number,
            "state": stored.state,
            "bytes": stored.bytes,
            "seconds": stored.seconds,
            "sha256": stored.sha256,
            "received_at": stored.finished_at,
            "takes_left": finished.takes_left,
        }
    )


def _append(request: HttpRequest, segment: Segment, offset: int, writer: str) -> Segment:
    appended = uploading.append(
        segment.pk,
        offset,
        tus.chunks(request),
        tus.checksum(request),
        length=tus.declared_length(request),
        writer=writer,
        seconds=tus.seconds(request),
    )
    if appended.length == appended.received:
        _end(appended, writer)
    return appended


def _end(segment: Segment, writer: str, *, must: bool = True) -> None:
    """An upload that has reached its declared length ends its take."""
    try:
        finishing.finish_take(segment.take_id, writer=writer)
    except Refused:
        if must:
            raise


def _segment(interview: Interview, segment_id: uuid.UUID) -> Segment:
    found = Segment.objects.filter(pk=segment_id, take__interview=interview).first()
    if found is None:
        raise NoSuchTake(_("This recording is not known here. Load the page and record again."))
    return found


def _standing(response: HttpResponse, interview: Interview, segment: Segment) -> HttpResponse:
    response["Upload-Offset"] = str(segment.received)
    response["Upload-Expires"] = http_date(interview.deadline.timestamp())
    return response
