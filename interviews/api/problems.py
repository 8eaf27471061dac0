"""What went wrong, as problem details (RFC 9457): `code` is a stable word for programs, `detail` for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from interviews.actions.refusals import Refused

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """`errors`: for each part of what was sent that is wrong, its name and why."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = list(errors), dict(headers or {})


def answer(problem: Problem) -> HttpResponse:
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.errors:
        told["errors"] = problem.errors
    text = json.dumps(told, ensure_ascii=False)
    return HttpResponse(text, status=problem.status, content_type=MEDIA_TYPE, headers=problem.headers)


def of_form(form: forms.BaseForm) -> Problem:
    """What a form of the pages found wrong."""
    errors = [{"field": name, "detail": str(words)} for name, found in form.errors.items() for words in found]
    return _not_understood(errors)


def no_such_thing() -> Problem:
    return Problem(404, "not_found", _("There is nothing here, or nothing that you may see."))


def not_a_method(allowed: str) -> Problem:
    detail = _("This address takes %(methods)s.") % {"methods": allowed}
    return Problem(405, "method_not_allowed", detail, headers={"Allow": allowed})


def answer_with_problems(api: NinjaAPI) -> None:
    """Of each kind of error that a request may end with, but faults of ours."""

    def of_validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        return answer(_not_understood([{"field": _name(it["loc"]), "detail": str(it["msg"])} for it in error.errors]))

    def of_refusal(_request: HttpRequest, refused: Refused) -> HttpResponse:
        return answer(Problem(refused.status, refused.code, refused.message))

    def of_http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(Problem(error.status_code, "not_json", _("The body is not JSON.")))

    api.exception_handler(Problem)(lambda _request, problem: answer(problem))
    api.exception_handler(Refused)(of_refusal)
    api.exception_handler(ValidationError)(of_validation)
    api.exception_handler(HttpError)(of_http)
    api.exception_handler(Http404)(lambda _request, _error: answer(no_such_thing()))
    api.exception_handler(AuthenticationError)(lambda _request, _error: answer(_no_token()))
    api.exception_handler(RequestDataTooBig)(lambda _request, _error: answer(_too_large()))


def _name(place: Sequence[str | int]) -> str:
    """As it was sent: without where it stood, and of a body without the name of our argument."""
    return ".".join(str(part) for part in place[2 if place[0] == "body" else 1 :])


def _no_token() -> Problem:
    return Problem(
        401,
        "no_token",
        _("Send a token as “Authorization: Bearer grn_…”. This one is missing, unknown, expired or revoked."),
        headers={"WWW-Authenticate": "Bearer"},
    )


def _too_large() -> Problem:
    return Problem(413, "too_large", _("This is too much for one request."))


def _not_understood(errors: list[dict[str, str]]) -> Problem:
    return Problem(422, "not_understood", _("Nothing was done: part of this was not understood."), errors=errors)
