"""One interview as a file: what was asked, said, suggested, rated and decided, as far as its reader may see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from interviews import access
from interviews.exports.cells import Value, table
from interviews.exports.listing import VERSION, Asked, plain, score_in_words
from interviews.exports.pdf import Document, clock, minutes
from interviews.models import Interview
from interviews.queries import invitations, ratings, reviews, stages
from interviews.queries.ratings import RatingView

HEADINGS = (
    "question_number",
    "question",
    "answer",
    "criterion",
    "own_level",
    "own_note",
    "suggested_level",
    "suggested_anchor",
    "suggested_reason",
    "quotes",
    "label",
)


def facts(asked: Asked, interview: Interview) -> dict[str, Any]:
    """As docs/exports.md says. Times are datetimes, scores decimal numbers; see `listing.plain`."""
    seen = access.seen_by(asked.user, interview)
    counted = stages.with_counts_of([interview.pk]).get()
    revealed = {interview.pk} if seen.levels else set()
    said = reviews.read([counted], revealed)
    [view] = reviews.of_each([counted], said, revealed)
    row = view.row
    rated = ratings.rated_of([counted], said, ratings.reviews_of([counted]), asked.user)[interview.pk]
    own, compared = rated.own, {it.number: it for it in rated.compared}
    return {
        "greenroom": VERSION,
        "kind": "interview",
        "made_at": asked.at,
        "made_by": asked.user.get_username(),
        "not_revealed": [name for name, shown in (("levels", seen.levels), ("ratings", seen.ratings)) if not shown],
        "interview": {
            "id": str(row.id),
            "applicant": row.applicant,
            "position": row.position,
            "stage": row.stage,
            "stage_words": row.stage_words,
            "submitted_at": row.submitted_at,
            "deadline": row.deadline,
            "url": asked.site + row.url,
            "external_id": row.external_id,
            "applicant_external_id": row.applicant_external_id,
            "position_external_id": row.position_external_id,
        },
        "score": _score(row) if row.revealed else None,
        "score_words": score_in_words(row),
        "questions": [
            _question(answer, own.to_rate.get(answer.number, []), compared.get(answer.number))
            for answer in view.answers
        ],
        "decision": _decision(row.decision) if row.decision else None,
        "decisions": [{**_decision(it.decision), "reason": it.reason} for it in view.reasons],
        "events": [
            {"words": event.words, "by": event.actor, "at": event.at} for event in invitations.history(interview.pk)
        ],
    }


def as_json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, default=plain, indent=1).encode()


def as_csv(told: dict[str, Any]) -> bytes:
    """A line for each criterion of each question; one for a question without any."""
    return b"".join(table(HEADINGS, [_lines(told)]))


def as_pdf(asked: Asked, told: dict[str, Any]) -> bytes:
    about = told["interview"]
    foot = _("Made by %(user)s, %(at)s UTC") % {"user": told["made_by"], "at": f"{asked.at:%Y-%m-%d %H:%M}"}
    document = Document(f"{about['applicant']} · {about['position']}", foot, asked.language)
    document.facts(
        [
            (_("Stage"), about["stage_words"]),
            (_("Submitted"), _at(about["submitted_at"])),
            (_("Suggested score"), told["score_words"]),
        ]
    )
    document.paragraph(_("A score is a suggestion from a machine; a person decides."), soft=True)
    if "levels" in told["not_revealed"]:
        document.paragraph(_("Suggested levels are left out: they are shown once your own review is done."), soft=True)
    if "ratings" in told["not_revealed"]:
        document.paragraph(_("What others rated is left out: it is shown once your own review is done."), soft=True)
    for question in told["questions"]:
        _draw_question(document, question)
    if told["decisions"] or told["decision"]:
        document.heading(_("Decision"))
        for decision in told["decisions"] or [told["decision"]]:
            document.paragraph(f"{decision['words']}, {decision['by']}, {_at(decision['at'])}")
            document.paragraph(decision.get("reason", ""), indent=4)
    document.heading(_("What happened"))
    for event in reversed(told["events"]):
        document.paragraph(" · ".join(filter(None, [_at(event["at"]), event["words"], event["by"]])), soft=True)
    return document.data()


def _decision(decision: stages.DecisionView) -> dict[str, Any]:
    return {"outcome": decision.outcome, "words": decision.words, "by": decision.by, "at": decision.at}


def _score(row: stages.RowView) -> dict[str, Any]:
    return {
        "value": row.score,
        "of": row.score_max,
        "levels": row.levels,
        "criteria": row.criteria,
        "label": row.score_label,
        "not_scored": row.unscored_reason,
        "doubtful": row.doubtful,
    }


def _question(
    answer: reviews.AnswerView, own: list[ratings.ToRateView], compared: ratings.SideBySideView | None
) -> dict[str, Any]:
    return {
        "number": answer.number,
        "question": answer.question,
        "answer": _answer(answer) if answer.take_id else None,
        "own_ratings": [{"criterion": it.name, **_rating(it.rating)} for it in own if it.rating],
        "ratings": [
            {"criterion": it.name, "reviewer": rater.reviewer, **_rating(rater.rating)}
            for it in (compared.criteria if compared else ())
            for rater in it.raters
            if rater.rating
        ],
        "suggested": [_suggested(criterion) for criterion in answer.criteria],
        "provenance": _provenance(answer),
    }


def _answer(answer: reviews.AnswerView) -> dict[str, Any]:
    said = answer.transcript
    return {
        "written": answer.is_written,
        "seconds": answer.player.seconds if answer.player else None,
        "transcript": {
            "text": " ".join(word.text for word in said.words),
            "label": said.label,
            "language": said.language,
            "draft": said.draft,
            "doubtful": said.doubtful,
            "corrected": said.version > 1,
        }
        if said
        else None,
    }


def _rating(rating: RatingView) -> dict[str, Any]:
    return {
        "level": rating.level,
        "note": rating.note,
        "reason": rating.reason,
        "after_reveal": rating.after_reveal,
        "at": rating.at,
    }


def _suggested(criterion: reviews.CriterionView) -> dict[str, Any]:
    return {
        "criterion": criterion.name,
        "weight": criterion.weight,
        "state": criterion.state,
        "level": criterion.level,
        "anchor": dict(criterion.levels)[criterion.level] if criterion.level else "",
        "reason": criterion.reason,
        "quotes": [{"text": quote.text, "second": quote.start} for quote in criterion.quotes],
        "label": criterion.label,
    }


def _provenance(answer: reviews.AnswerView) -> dict[str, Any] | None:
    it = answer.provenance
    if it is None:
        return None
    return {
        "run": it.run,
        "engine": it.engine,
        "model": it.model,
        "prompt_version": it.prompt_version,
        "prompt_sha256": it.prompt_sha256,
        "rubric": it.rubric,
        "transcript_sha256": it.transcript_sha256,
        "ended_at": it.ended_at,
    }


def _lines(told: dict[str, Any]) -> Iterator[list[Value]]:
    for question in told["questions"]:
        transcript = (question["answer"] or {}).get("transcript")
        asked: list[Value] = [question["number"], question["question"], transcript["text"] if transcript else ""]
        own = {it["criterion"]: it for it in question["own_ratings"]}
        suggested = {it["criterion"]: it for it in question["suggested"]}
        for name in dict.fromkeys([*own, *suggested]) or [""]:
            rated, said = own.get(name, {}), suggested.get(name, {})
            yield [
                *asked,
                name,
                rated.get("level"),
                rated.get("note", ""),
                said.get("level"),
                said.get("anchor", ""),
                said.get("reason", ""),
                " | ".join(f"{clock(quote['second'])} {quote['text']}" for quote in said.get("quotes", ())),
                said.get("label", ""),
            ]


def _draw_question(document: Document, question: dict[str, Any]) -> None:
    document.heading(f"{question['number']}. {question['question']}")
    answer = question["answer"]
    transcript = answer["transcript"] if answer else None
    if answer is None:
        document.paragraph(_("No answer yet"), soft=True)
    elif transcript:
        length = minutes(answer["seconds"]) if not answer["written"] else ""
        document.paragraph(" · ".join(filter(None, [transcript["label"], length])), soft=True)
        if transcript["doubtful"] or transcript["draft"]:
            document.paragraph(_("Words may be wrong. Listen before you rely on them."), soft=True)
        document.paragraph(transcript["text"])
    if question["own_ratings"]:
        document.heading(_("Your ratings"), 3)
        for rated in question["own_ratings"]:
            document.paragraph(f"{rated['criterion']}: {_level(rated['level'])}")
            document.paragraph(rated["note"], soft=True, indent=4)
    if question["ratings"]:
        document.heading(_("Ratings of all who are done"), 3)
        for rated in question["ratings"]:
            document.paragraph(f"{rated['criterion']}, {rated['reviewer']}: {_level(rated['level'])}")
    if question["suggested"]:
        document.heading(_("Suggested levels"), 3)
        for said in question["suggested"]:
            _draw_suggested(document, said)
    made = question["provenance"]
    if made:
        line = _("Made by %(engine)s, %(model)s, prompt %(prompt)s, run %(run)s, %(rubric)s") % {
            "engine": made["engine"],
            "model": made["model"],
            "prompt": made["prompt_version"],
            "run": made["run"],
            "rubric": made["rubric"],
        }
        document.paragraph(line, soft=True)


def _draw_suggested(document: Document, said: dict[str, Any]) -> None:
    if said["state"] == "assessed":
        document.paragraph(f"{said['criterion']}: {_level(said['level'])}. {said['anchor']}")
    elif said["state"] == "insufficient":
        document.paragraph(f"{said['criterion']}: {_('Not enough evidence for a level.')}")
    else:
        document.paragraph(f"{said['criterion']}: {_('Waiting for the assessment')}")
    document.paragraph(said["reason"], indent=4)
    for quote in said["quotes"]:
        document.paragraph(f"{clock(quote['second'])} “{quote['text']}”", indent=4)
    document.paragraph(said["label"], soft=True, indent=4)


def _level(level: int | None) -> str:
    return _("level %(level)s of 5") % {"level": level} if level else _("Cannot tell from this answer")


def _at(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
