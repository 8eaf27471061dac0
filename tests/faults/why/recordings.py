"""What holds up an interview because of its recordings: what is in them, and where they lie."""

from __future__ import annotations

import shutil

from interviews.actions import answering
from interviews.actions.finishing import finish_take
from interviews.models import Job, Rendition
from interviews.models.renditions import renditions_of
from tests.engines import Hears, work
from tests.faults.why.providers import answers_with
from tests.faults.why.site import Fault, Site, recorded_again, scored, status, well_again
from tests.people import sent

GARBAGE = b"\x1aE\xdf\xa3" + b"this was a recording once " * 400


def _damaged(site: Site) -> None:
    site.agree()
    site.record(1)
    site.record(2)
    segment = sent(site.interview, site.world.questions[0], site.speech)
    finish_take(segment.take_id)
    segment.path.write_bytes(GARBAGE.ljust(len(site.speech), b"\0")[: len(site.speech)])
    site.run()
    answering.submit(site.interview)
    site.finish()


def _without_sound(site: Site) -> None:
    site.submit()
    Rendition.objects.filter(take=site.take()).update(sound_sha256="")
    site.finish()


def _original_gone(site: Site) -> None:
    site.agree()
    for question in range(3):
        site.record(question)
    path = site.take().path
    site.saved.append((path, path.read_bytes()))
    path.unlink()
    answering.submit(site.interview)
    site.finish()


def _restored(site: Site) -> None:
    for path, data in site.saved:
        path.write_bytes(data)


def _sound_gone(site: Site) -> None:
    site.submit()
    shutil.rmtree(renditions_of(site.take()))
    site.run(Job.Kind.TRANSCRIBE)


def _disk_full(site: Site) -> None:
    site.agree()
    for question in range(3):
        site.record(question)
    answering.submit(site.interview)
    folder = renditions_of(site.take())
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    site.saved.append((folder, b""))
    site.run(Job.Kind.RENDER)
    site.run()
    site.settings.MIN_FREE_DISK_BYTES = 2**62


def _room_made(site: Site) -> None:
    site.settings.MIN_FREE_DISK_BYTES = 0
    for path, _data in site.saved:
        path.unlink()


def _nobody_speaks(site: Site) -> None:
    site.submit()
    site.run(rounds=3, of=work(Hears("")))


def _words_at_last(site: Site) -> None:
    assert site.interview.redos.filter(done_at=None).exists()
    assert site.cause()["data-cause"] == "given-back"


FAULTS: dict[str, Fault] = {
    "the recording is too large": Fault(
        "too_large",
        "larger than Deepgram takes",
        answers_with("deepgram", status(413), 3),
        lambda site: _words_at_last(site),
        well_again,
    ),
    "the recording is damaged": Fault("unreadable", "The recording is damaged", _damaged, recorded_again),
    "the recording has no sound": Fault("silent", "no sound in the recording", _without_sound, recorded_again),
    "the recording is not on the disk": Fault(
        "original-gone", "restore the recording from the backup", _original_gone, scored, _restored
    ),
    "the sound is not on the disk": Fault("sound-gone", "is not on the disk any more", _sound_gone, scored),
    "the disk is full": Fault("disk-full", "Make room", _disk_full, scored, _room_made),
    "nobody speaks": Fault("no-speech", "No speech was heard", _nobody_speaks, _words_at_last),
}
