"""Small engines that keep the contract, for tests of what is done with an engine's work."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief, CriterionAssessment, CriterionBrief, Quote
from interviews.engines.keeping import Keep, Keeping, Kept, Ledger, Usage
from interviews.engines.transcription.base import Transcription, Word
from interviews.media.making import Made, Original, make
from interviews.models import Interview, Job
from interviews.processing import jobs
from interviews.processing.analysis import assess
from interviews.processing.rendering import render
from interviews.processing.transcription import transcribe
from interviews.tasks import hint

SPOKEN = "We planned the database migration with a rollback and measured the result for six weeks"


def forget(piece: str) -> None:
    """Where nothing has to be kept."""


class Reply:
    """What is kept of one reply."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.reply_id: int | None = None

    def __call__(self, piece: str) -> None:
        if self.reply_id is None:
            self.reply_id = len(self._books.kept)
            self._books.kept.append("")
        self._books.kept[self.reply_id] += piece


@dataclass
class Books:
    """A ledger in memory. `calls` counts how often calls were made, those at once as one."""

    kept: list[str] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    calls: int = 0
    run: str = "1"

    def replies(self) -> list[Kept]:
        return [Kept(number, text) for number, text in enumerate(self.kept)]

    @contextmanager
    def calling(self) -> Iterator[None]:
        self.calls += 1
        yield

    def keeping(self) -> Keeping:
        return Reply(self)

    def used(self, usage: Usage) -> None:
        self.usage.append(usage)


@dataclass
class Hears:
    """Hears the same words in every recording. `first` runs before, and may raise."""

    words: str = SPOKEN
    first: Callable[[Path], object] = lambda sound: None
    name: str = "hears"
    label: str = "made for tests"
    draft: bool = False
    model: str = "test-1"
    heard: list[Path] = field(default_factory=list)

    def transcribe(self, sound: Path, keep: Keep) -> Transcription:
        self.heard.append(sound)
        self.first(sound)
        words = tuple(Word(word, n / 2, n / 2 + 0.4, 0.9) for n, word in enumerate(self.words.split()))
        return Transcription(words, "en", self.model)

    def check(self) -> None:
        pass

    def read(self, reply: str) -> Transcription:
        raise AssertionError("nothing was kept")


def with_quote(answer: AnswerBrief, criterion: CriterionBrief) -> CriterionAssessment:
    """Level 4, with a quote that is in the transcript."""
    return CriterionAssessment(criterion.id, 4, "It names the plan.", (Quote(" ".join(answer.words[:6]), 0, 5),))


Level = Callable[[AnswerBrief, CriterionBrief], CriterionAssessment]


@dataclass
class Assesses:
    """Gives every criterion what `level` says. `fail_after` answers, `error` is raised."""

    level: Level = with_quote
    error: Exception | None = None
    fail_after: int = 0
    name: str = "assesses"
    label: str = "made for tests"
    model: str = "test-1"
    version: str = "1"
    prompt_sha256: str = ""
    samples: int = 1
    asked: list[list[str]] = field(default_factory=list)

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        if answers:
            self.asked.append([answer.id for answer in answers])
        for done, answer in enumerate(answers):
            if self.error is not None and done == self.fail_after:
                raise self.error
            yield AnswerAssessment(answer.id, tuple(self.level(answer, criterion) for criterion in answer.criteria))

    def check(self) -> None:
        pass


def work(hears: Hears | None = None, assesses: Assesses | None = None) -> dict[str, jobs.Work]:
    return {
        Job.Kind.RENDER: partial(render, maker=remembered),
        Job.Kind.TRANSCRIBE: partial(transcribe, engine=hears or Hears()),
        Job.Kind.ASSESS: partial(assess, engine=assesses or Assesses()),
    }


_made: dict[str, tuple[Made, Path]] = {}


def remembered(originals: Sequence[Original], folder: Path) -> Made:
    """What is made of the same bytes is made once per test run: most tests record the same demo."""
    content = hashlib.sha256(b"".join(it.path.read_bytes()[: it.length] for it in originals)).hexdigest()
    if content not in _made:
        kept = Path(tempfile.mkdtemp(prefix="greenroom-made-"))
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        _made[content] = make(originals, kept), kept
    made, kept = _made[content]
    for path in kept.iterdir():
        shutil.copy(path, folder)
    return made


def make_ready(interview: Interview) -> None:
    """The recordings that wait to be made ready to play are. Their jobs are gone: few tests are about these."""
    for pk in Job.objects.filter(interview=interview, kind=Job.Kind.RENDER).order_by("pk").values_list("pk", flat=True):
        hint(jobs.run(pk, work()))
        Job.objects.get(pk=pk).delete()


def due(interview: Interview) -> list[int]:
    queued = Job.objects.filter(interview=interview, state=Job.State.QUEUED)
    return list(queued.order_by("pk").values_list("pk", flat=True))


def work_through(interview: Interview, hears: Hears | None = None, assesses: Assesses | None = None) -> None:
    """Each queued job, a wait before its next try over, and those that become due by it, once, in this thread."""
    ids = due(interview)
    Job.objects.filter(pk__in=ids).update(run_after="2000-01-01T00:00:00Z")
    while ids:
        ids += jobs.run(ids.pop(0), work(hears, assesses))


def raising(error: Exception) -> Callable[[Path], object]:
    """What is done first with a sound: nothing comes of it."""

    def first(_sound: Path) -> None:
        raise error

    return first


def first_job(interview: Interview) -> Job:
    return Job.objects.filter(interview=interview).earliest("pk")


def transcribed(interview: Interview) -> None:
    for pk in due(interview):
        jobs.run(pk, work())


class Mumbled(Hears):
    """As confident as it is told, the last words less so."""

    def __init__(self, confidence: float, low: int = 0) -> None:
        super().__init__()
        self.confidence, self.low = confidence, low

    def transcribe(self, sound: Path, keep: Keep) -> Transcription:
        heard = super().transcribe(sound, keep)
        sure = len(heard.words) - self.low
        words = [replace(word, confidence=self.confidence if n < sure else 0.31) for n, word in enumerate(heard.words)]
        return replace(heard, words=tuple(words))
