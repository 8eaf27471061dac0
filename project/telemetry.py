"""How long requests, jobs and calls of providers took, told by OpenTelemetry to where OTEL_EXPORTER_OTLP_ENDPOINT is.

Of our own spans only (interviews/spans.py): what libraries would add has whole addresses and messages of errors in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from interviews.spans import Span, ids, traced_by


def begin(endpoint: str) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "greenroom"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    tracer = provider.get_tracer("greenroom")

    @contextmanager
    def measured(span: Span) -> Iterator[None]:
        begun = tracer.start_as_current_span(span.name, record_exception=False, set_status_on_exception=False)
        with begun as told:
            try:
                yield
            except BaseException as error:
                told.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise
            finally:
                told.update_name(span.name)
                told.set_attributes(span.facts | {f"greenroom.{name}": value for name, value in ids().items()})

    traced_by(measured)
