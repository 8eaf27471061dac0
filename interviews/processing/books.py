"""The ledger as engines see it: of one question, for one assessment run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from interviews.engines.errors import UnusableOutput
from interviews.engines.keeping import Keeping, Kept, Usage
from interviews.models import AssessmentRun
from interviews.processing import jobs, ledger, providers, spending


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """For the job that works on the run: it may call, and each call is charged."""

    claim: jobs.Claim
    of: AssessmentRun
    request: str

    @property
    def run(self) -> str:
        return str(self.of.pk)

    def replies(self) -> list[Kept]:
        return ledger.replies(self.claim.interview_id, self.request)

    @contextmanager
    def calling(self) -> Iterator[None]:
        with providers.asking(self.of.engine, self.claim.interview_id):
            ledger.release_connection()
            yield

    def keeping(self) -> ledger.Keeper:
        return ledger.Keeper(self.claim.kind, self.claim.interview_id, self.of.engine, self.request)

    def used(self, usage: Usage) -> None:
        spending.charge(self.claim.interview_id, self.of.engine, self.of.model, usage=usage, run_id=self.of.pk)
        ledger.release_connection()


@dataclass(frozen=True, slots=True)
class ClosedBooks:
    """What was kept, and not a call more."""

    of: AssessmentRun
    kept: Sequence[Kept]

    @property
    def run(self) -> str:
        return str(self.of.pk)

    def replies(self) -> Sequence[Kept]:
        return self.kept

    def calling(self) -> AbstractContextManager[None]:
        raise UnusableOutput(gettext_noop("No more was kept"))

    def keeping(self) -> Keeping:
        raise NotImplementedError

    def used(self, usage: Usage) -> None:
        raise NotImplementedError
