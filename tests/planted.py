"""An interview with canaries everywhere, in a site that runs as processes of its own, to be erased at once.

python -m tests.planted        prints the interview's id
"""

from __future__ import annotations

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()

    import hashlib
    import json
    from datetime import timedelta

    from django.utils import timezone

    from interviews.actions import answering
    from interviews.actions.withdrawing import ask_for_erasure
    from interviews.demo.seed import FOLDER
    from interviews.models import Interview
    from tests import canaries, people
    from tests.engines import make_ready

    world = people.world()
    demo = json.loads((FOLDER / "demo.json").read_text("utf-8"))
    speech = (FOLDER / demo["applicants"][0]["answers"][0]["video"]).read_bytes()
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    for question in world.questions:
        people.record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
    make_ready(world.interview)
    answering.submit(world.interview)
    world.interview.refresh_from_db()
    canaries.plant(world)
    ask_for_erasure(world.interview)
    Interview.objects.filter(pk=world.interview.pk).update(erasure_asked_at=timezone.now() - timedelta(days=2))
    sys.stdout.write(f"{world.interview.pk}\n")
