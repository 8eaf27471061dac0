from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from interviews.api.addresses import api
from interviews.api.document import document


class Command(BaseCommand):
    help = "Prints what programs can ask, as OpenAPI 3.1: docs/openapi.json is what this prints."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(document(api), indent=1, ensure_ascii=False))
