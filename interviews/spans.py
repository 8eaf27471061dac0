"""What a line of the log is about: a request, a job, an interview. And how long the parts of the work took.

Whatever is logged within `about` carries its ids, in threads too where those run in a copy of the context. A `span` is
measured as well, where tracing is set up (project/telemetry.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

Fact = str | int

_ids: ContextVar[dict[str, str] | None] = ContextVar("ids", default=None)


@dataclass(slots=True)
class Span:
    """`facts` are told when it has ended, so they may be added until then."""

    name: str
    facts: dict[str, Fact] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        """Until now."""
        return perf_counter() - self.began


Tracer = Callable[[Span], AbstractContextManager[None]]


def _untraced(span: Span) -> AbstractContextManager[None]:
    return nullcontext()


_tracer: Tracer = _untraced


def traced_by(tracer: Tracer) -> None:
    global _tracer
    _tracer = tracer


@contextmanager
def about(**known: object) -> Iterator[None]:
    """These ids, beside those that are known already."""
    token = _ids.set({**(_ids.get() or {}), **{name: str(value) for name, value in known.items()}})
    try:
        yield
    finally:
        _ids.reset(token)


def found(**more: object) -> None:
    """An id that became known on the way: from now on, and until the innermost `about` ends, lines carry it too."""
    known = _ids.get()
    if known is not None:
        known.update({name: str(value) for name, value in more.items()})


def ids() -> Mapping[str, str]:
    return _ids.get() or {}


@contextmanager
def span(name: str, **facts: Fact) -> Iterator[Span]:
    measured = Span(name, dict(facts))
    with _tracer(measured):
        yield measured
