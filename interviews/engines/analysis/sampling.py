"""From replies to assessments: each answer judged once or three times, checked, and asked about once more.

A sample is one call over the whole interview. Samples run side by side; an answer is complete when all have it. What
in them is malformed, left out, or a level whose quotes do not hold, is asked for in one more call for all samples, the
repair, which says what was wrong. What is then still wrong is "insufficient evidence", with the reason in words.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief, CriterionAssessment, Quote
from interviews.engines.analysis.call import REPAIR, Call, split
from interviews.engines.analysis.prompt import Prompt, compose
from interviews.engines.analysis.reply import Piece, Reply, recalled
from interviews.engines.analysis.side_by_side import Arrival, side_by_side
from interviews.engines.analysis.stream import Fault
from interviews.engines.errors import CanaryChanged, EngineError, UnusableOutput
from interviews.engines.keeping import Ledger
from interviews.scoring.evidence import MIN_TOKENS, checked
from interviews.scoring.samples import agreed
from interviews.scoring.words import tokens

UNREADABLE = "Not assessed: what the model returned for this answer could not be used, twice"
TOO_SHORT = "Not assessed: {words} words were heard in this answer, too few to show anything"

Ask = Callable[[Prompt], Generator[Piece]]
"""One call, which is made when the first piece is asked for."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """One criterion in one sample, once its quotes were looked up."""

    level: int | None
    reason: str
    quotes: tuple[Quote, ...]
    refused: int
    reply: int | None
    fault: str  # what was wrong with it, "" where nothing was


def assessments(
    answers: Sequence[AnswerBrief], ledger: Ledger, ask: Ask, *, samples: int, deadline: float
) -> Iterator[AnswerAssessment]:
    """As `Analyser.assess`. `deadline`: seconds for one call."""
    yield from (_too_short(answer) for answer in answers if not _says_enough(answer))
    answers = [answer for answer in answers if _says_enough(answer)]
    run = _Run(answers, samples)
    run.recall(ledger)
    yield from run.complete()
    asked = {sample: run.unheard(sample) for sample in range(1, samples + 1)}
    calls = {sample: (compose(briefs), briefs) for sample, briefs in asked.items() if briefs}
    if calls:
        yield from _listen(run, calls, ledger, ask, deadline)
    faults = run.faults()
    if faults:
        briefs = [answer for answer in answers if answer.id in faults]
        with suppress(UnusableOutput):  # then what is wrong stays wrong
            yield from _listen(run, {REPAIR: (compose(briefs, faults), briefs)}, ledger, ask, deadline)
        run.give_up()
        yield from run.complete()


def _says_enough(answer: AnswerBrief) -> bool:
    """For a quote of the shortest kind."""
    return sum(len(tokens(word)) for word in answer.words) >= MIN_TOKENS


def _too_short(answer: AnswerBrief) -> AnswerAssessment:
    reason = TOO_SHORT.format(words=len(answer.words))
    return AnswerAssessment(answer.id, tuple(CriterionAssessment(it.id, None, reason, ()) for it in answer.criteria))


def _listen(
    run: _Run,
    calls: Mapping[int, tuple[Prompt, Sequence[AnswerBrief]]],
    ledger: Ledger,
    ask: Ask,
    deadline: float,
) -> Iterator[AnswerAssessment]:
    """Makes these calls side by side. One that fails lets the others go on, since they are paid for; then it raises."""
    failed: EngineError | None = None
    unheard: set[int] = set()
    with ledger.calling():
        replies = {
            sample: Reply(
                Call(ledger.run, sample, prompt.canary, tuple(answer.id for answer in briefs)),
                briefs,
                ledger.keeping(),
                deadline=deadline,
            )
            for sample, (prompt, briefs) in calls.items()
        }
        streams = {sample: ask(prompt) for sample, (prompt, _) in calls.items()}
        try:
            for sample, arrival in side_by_side(streams, unheard):
                try:
                    for element in _elements(replies[sample], arrival):
                        run.hear(replies[sample].call, element, replies[sample].reply_id)
                        yield from run.complete(element.answer_id)
                except CanaryChanged:
                    raise
                except EngineError as error:
                    failed = failed or error
                    unheard.add(sample)
        finally:
            unheard.update(calls)
            for reply in replies.values():
                if reply.usage is not None:
                    ledger.used(reply.usage)
        if failed is not None:
            raise failed


def _elements(reply: Reply, arrival: Arrival) -> Iterator[AnswerAssessment | Fault]:
    match arrival:
        case Piece():
            return reply.take(arrival)
        case None:
            return reply.end()
        case _:
            raise arrival


class _Run:
    """What is known of each answer, from all replies so far."""

    def __init__(self, answers: Sequence[AnswerBrief], samples: int) -> None:
        self._samples = range(1, samples + 1)
        self._briefs = {answer.id: answer for answer in answers}
        self._given: set[str] = set()
        # Answer -> sample, or REPAIR -> criterion.
        self._heard: dict[str, dict[int, dict[str, _Heard]]] = {answer_id: {} for answer_id in self._briefs}

    def recall(self, ledger: Ledger) -> None:
        """Raises CanaryChanged where that is so in a reply of this run: it may have been forgotten in a crash.

        One of another run voids that run, and what was kept before it: a person had all of it asked anew.
        """
        standing: list[tuple[Call, list[AnswerAssessment | Fault], int]] = []
        void: set[str] = set()
        for kept in ledger.replies():
            parts = split(kept.text)
            if parts is None:
                continue
            call, text = parts
            known = [self._briefs[answer_id] for answer_id in call.answers if answer_id in self._briefs]
            elements: list[AnswerAssessment | Fault] = []
            try:
                elements.extend(recalled(call, known, text))
            except CanaryChanged:
                if call.run == ledger.run:
                    raise
                standing.clear()
                void.add(call.run)
                continue
            except UnusableOutput:
                pass  # extend has taken what stood before
            standing.append((call, elements, kept.id))
        for call, elements, reply_id in standing:
            for element in elements if call.run not in void else ():
                self.hear(call, element, reply_id)

    def hear(self, call: Call, element: AnswerAssessment | Fault, reply_id: int | None) -> None:
        if element.answer_id is None or element.answer_id not in self._briefs:
            return
        brief, samples = self._briefs[element.answer_id], self._heard[element.answer_id]
        if call.sample in samples:
            return
        if isinstance(element, Fault):
            nothing = _Heard(None, UNREADABLE, (), 0, reply_id, element.what)
            samples[call.sample] = {criterion.id: nothing for criterion in brief.criteria}
        else:
            samples[call.sample] = {it.criterion_id: _looked_up(it, brief, reply_id) for it in element.criteria}

    def unheard(self, sample: int) -> list[AnswerBrief]:
        return [brief for answer_id, brief in self._briefs.items() if sample not in self._heard[answer_id]]

    def faults(self) -> dict[str, list[str]]:
        """By answer that no repair was heard of: what is wrong, each thing once."""
        faults: dict[str, list[str]] = {}
        for answer_id, samples in self._heard.items():
            if REPAIR in samples:
                continue
            wrong = dict.fromkeys(
                _worded(criterion_id, heard.fault)
                for sample in self._samples
                for criterion_id, heard in samples.get(sample, {}).items()
                if heard.fault
            )
            if wrong:
                faults[answer_id] = list(wrong)
        return faults

    def give_up(self) -> None:
        """Nothing more will be heard of what is wrong."""
        for answer_id in self.faults():
            self._heard[answer_id][REPAIR] = {}

    def complete(self, only: str | None = None) -> Iterator[AnswerAssessment]:
        """Those that are complete and were not given yet; of all, or of one answer."""
        for answer_id in self._heard if only is None else (only,):
            samples = self._heard.get(answer_id, {})
            if answer_id in self._given or not all(sample in samples for sample in self._samples):
                continue
            faulty = any(heard.fault for sample in self._samples for heard in samples[sample].values())
            if faulty and REPAIR not in samples:
                continue
            self._given.add(answer_id)
            criteria = self._briefs[answer_id].criteria
            yield AnswerAssessment(answer_id, tuple(self._settled(it.id, samples) for it in criteria))

    def _settled(self, criterion_id: str, samples: Mapping[int, Mapping[str, _Heard]]) -> CriterionAssessment:
        heard = [samples[sample][criterion_id] for sample in self._samples]
        repaired = samples.get(REPAIR, {}).get(criterion_id)
        refused = sum(it.refused for it in heard) + (repaired.refused if repaired else 0)
        first_fault = next((i for i, it in enumerate(heard) if it.fault), None)
        if repaired is not None and first_fault is not None:
            heard[first_fault] = repaired  # one reply is one sample, however many it was asked for
        levels = tuple(it.level for it in heard)
        agreement = agreed(levels)
        speaker = heard[agreement.speaker] if agreement.speaker is not None else _without_level(heard)
        return CriterionAssessment(
            criterion_id,
            agreement.level,
            agreement.problem or speaker.reason,
            () if agreement.problem else speaker.quotes,
            samples=levels,
            refused=refused,
            reply=speaker.reply,
        )


def _without_level(heard: Sequence[_Heard]) -> _Heard:
    return next((it for it in heard if it.level is None), heard[0])


def _looked_up(given: CriterionAssessment, brief: AnswerBrief, reply_id: int | None) -> _Heard:
    quotes = [(quote.text, quote.first_word, quote.last_word) for quote in given.quotes]
    held = checked(given.level, given.reason, quotes, brief.words)
    fault = ""
    if given.level is not None and held.level is None:
        fault = "there is a level and no evidence"
        if held.instructed:
            fault = "the quoted words speak to whoever grades, and are no evidence"
        elif held.refused:
            fault = "none of the quotes is in the transcript word for word"
    return _Heard(
        held.level,
        held.reason,
        tuple(Quote(it.text, it.first_word, it.last_word) for it in held.evidence),
        held.refused,
        reply_id,
        fault,
    )


def _worded(criterion_id: str, fault: str) -> str:
    return fault if fault.startswith("it ") else f'criterion "{criterion_id}": {fault}'
