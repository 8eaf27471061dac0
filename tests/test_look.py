"""A position's own look and words: legible, made anew, and checked before anybody reads them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from interviews.actions.running import duplicate
from interviews.forms import colours
from interviews.media.errors import MediaError
from interviews.media.logo import logo_from
from interviews.models import MailText, Message, Position
from interviews.processing import mail, texts
from interviews.processing.expiring import expire
from tests.editing import edit, typed
from tests.people import World


def _png(width: int, height: int) -> bytes:
    """With a text in it that nobody is to find in what is served."""
    rows = (b"\0" + bytes([200, 20, 20, 128]) * width) * height

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    text = chunk(b"tEXt", b"Comment\0where it was taken")
    return b"\x89PNG\r\n\x1a\n" + head + text + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class TestColour:
    def test_contrast_is_that_of_the_standard(self) -> None:
        assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
        assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
        assert colours.contrast("#808080", "#808080") == 1

    @pytest.mark.parametrize("colour", ["#ffff00", "#ff0000", "#888888", "#000000", "#ffffff", "#1122cc", "#0b6b4b"])
    def test_every_colour_becomes_one_that_can_be_read(self, colour: str) -> None:
        for background in (colours.LIGHT, colours.DARK):
            made = colours.legible(colour, background)
            assert colours.contrast(made, background) >= colours.ENOUGH
            if colours.contrast(colour, background) >= colours.ENOUGH:
                assert made == colour
        # And what stands on a button of that colour, as the style sheet has it.
        assert colours.contrast(colours.legible(colour, colours.LIGHT), "#ffffff") >= colours.ENOUGH
        assert colours.contrast(colours.legible(colour, colours.DARK), "#04100b") >= colours.ENOUGH

    def test_what_is_moved_is_said_with_the_reason(self, world: World, ada: Client, bo: Client) -> None:
        page = ada.post(edit(world), typed(world, accent="#FFFF00"), follow=True).content.decode()
        assert "On light pages #ffff00 would be hard to read: its contrast is 1.0 to 1" not in page
        assert "On light pages #ffff00 would be hard to read" in page and "On dark pages" not in page
        world.position.refresh_from_db()
        assert (world.position.accent_light, world.position.accent_dark) == ("#707000", "#ffff00")
        seen = bo.get(f"/interview/{world.interview.pk}/").content.decode()
        assert "--own-light: #707000; --own-dark: #ffff00" in seen
        assert "#707000" not in ada.get("/hr-dashboard/results/").content.decode()

    def test_another_change_leaves_what_was_made_of_it(self, world: World, ada: Client) -> None:
        ada.post(edit(world), typed(world, accent="#ffff00"))
        shown = ada.get(edit(world)).context["form"]["accent"].value()
        page = ada.post(edit(world), typed(world, accent=shown, title="Another"), follow=True).content.decode()
        assert "hard to read" not in page
        world.position.refresh_from_db()
        assert (world.position.title, world.position.accent_light) == ("Another", "#707000")
        assert world.position.accent_dark == "#ffff00"
        ada.post(edit(world), typed(world, accent=""))
        world.position.refresh_from_db()
        assert (world.position.accent_light, world.position.accent_dark) == ("", "")

    @pytest.mark.parametrize("accent", ["red", "#fff", "#12345g", "}</style>", "#0b6b4b;x"])
    def test_what_is_no_colour_is_refused_beside_its_field(self, world: World, ada: Client, accent: str) -> None:
        reply = ada.post(edit(world), typed(world, accent=accent, title="Kept"))
        assert reply.status_code == 400 and b"Write a colour as #" in reply.content and b"Kept" in reply.content
        world.position.refresh_from_db()
        assert (world.position.accent_light, world.position.title) == ("", "Backend engineer")


class TestLogo:
    def test_it_is_made_anew_and_served_as_a_picture_and_nothing_else(
        self, world: World, ada: Client, bo: Client
    ) -> None:
        file = SimpleUploadedFile("x.html", _png(1000, 300), "text/html")
        assert ada.post(edit(world), typed(world, picture=file)).status_code == 302
        world.position.refresh_from_db()
        page = bo.get(f"/interview/{world.interview.pk}/").content.decode()
        address = f"/logos/{world.position.logo}.png"
        assert address in page
        reply = Client().get(address)
        served = reply.content
        assert reply["Content-Type"] == "image/png" and reply["X-Content-Type-Options"] == "nosniff"
        assert served.startswith(b"\x89PNG") and b"where it was taken" not in served
        width, height = struct.unpack(">II", served[16:24])
        assert (width, height) == (427, 128)
        ada.post(edit(world), typed(world, without_logo="on"))
        assert Client().get(address).status_code == 404

    def test_one_that_was_replaced_goes_once_no_copy_of_the_position_shows_it(
        self, world: World, ada: Client, settings: Settings
    ) -> None:
        def shown_next(width: int) -> str:
            ada.post(edit(world), typed(world, picture=SimpleUploadedFile("logo.png", _png(width, 30))))
            return f"{Position.objects.get(pk=world.position.pk).logo}.png"

        def on_disk() -> set[str]:
            return {path.name for path in (Path(settings.MEDIA_DIR) / "logos").iterdir()}

        first = shown_next(30)
        copy = duplicate(Position.objects.get(pk=world.position.pk), world.ada)
        second, third = shown_next(40), shown_next(50)
        expire()
        assert on_disk() == {first, second, third}, "at the first look what names it may still be on its way"
        expire()
        assert on_disk() == {first, third}, "the copy shows the first"
        Position.objects.filter(pk=copy.pk).update(logo=None)
        expire()
        expire()
        assert on_disk() == {third}

    @pytest.mark.parametrize(
        "data",
        [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\x89PNG\r\n\x1a\nxx", _png(3, 3)[:60]],
        ids=["empty", "svg", "gif", "broken", "cut"],
    )
    def test_what_is_no_picture_is_refused(self, world: World, ada: Client, data: bytes) -> None:
        with pytest.raises(MediaError):
            logo_from(data)
        if data:
            reply = ada.post(edit(world), typed(world, picture=SimpleUploadedFile("logo.png", data)))
            assert reply.status_code == 400 and b"This picture cannot be used" in reply.content

    def test_one_that_unpacks_to_too_much_is_refused(self) -> None:
        with pytest.raises(MediaError):
            logo_from(_png(3000, 3000))


class TestEditing:
    def test_who_saves_second_keeps_what_was_typed(self, world: World, ada: Client) -> None:
        first, second = typed(world, title="Mine"), typed(world, title="Theirs")
        assert ada.post(edit(world), first).status_code == 302
        reply = ada.post(edit(world), second)
        assert reply.status_code == 409 and b"Theirs" in reply.content
        world.position.refresh_from_db()
        assert world.position.title == "Mine"

    def test_the_rule_for_deleting_is_shown_to_applicants(self, world: World, ada: Client, bo: Client) -> None:
        page = f"/interview/{world.interview.pk}/"
        assert b"It is deleted 180 days after" in bo.get(page).content
        ada.post(edit(world), typed(world, retention_days="90"))
        assert b"It is deleted 90 days after" in bo.get(page).content

    def test_the_days_of_a_position_are_those_of_its_invitations(self, world: World, ada: Client) -> None:
        ada.post(edit(world), typed(world, invitation_days="21"))
        assert b'value="21"' in ada.get(f"/hr-dashboard/invitations/{world.position.pk}/invite/").content


def _mail_page(world: World, kind: str = "invitation") -> str:
    return f"/hr-dashboard/positions/{world.position.pk}/mails/{kind}/"


class TestMail:
    @pytest.mark.parametrize("kind", texts.KINDS)
    def test_our_own_words_use_each_placeholder_that_is_needed_and_no_other(
        self, world: World, ada: Client, kind: Message.Kind
    ) -> None:
        words = texts.ours(kind, "en")
        assert not texts.unknown(words.subject + words.body, texts.placeholders(kind))
        assert all(f"{{{it}}}" in words.body for it in texts.needed(kind))
        sent = {"subject": words.subject, "body": words.body}
        assert ada.post(_mail_page(world, kind), sent).status_code == 302
        shown = ada.get(_mail_page(world, kind)).content.decode()
        assert "Kim Example" in shown and "your own words" in shown

    def test_what_a_position_wrote_is_what_is_sent(self, world: World, ada: Client) -> None:
        body = "Dear {name},\n\ncome by {deadline}: {link}\n\n{host}"
        ada.post(_mail_page(world), {"subject": "{position} calls", "body": body})
        world.interview.applicant.name = "{link} {contact}"
        world.interview.applicant.save()
        message = Message.objects.create(interview=world.interview, kind="invitation", to="bo@example.com")
        made = mail._words(message, "f" * 32)
        assert made.subject == "Backend engineer calls"
        assert made.body.startswith("Dear {link} {contact},\n") and "#" + "f" * 32 in made.body
        assert made.body.endswith("Example Ltd\n")
        ada.post(_mail_page(world), {"act": "reset"})
        assert not MailText.objects.exists()
        assert mail._words(message, "f" * 32).subject.startswith("Your interview")

    @pytest.mark.parametrize(
        ("subject", "body", "said"),
        [
            ("Hello", "{link} {salary}", "{salary} is no placeholder here"),
            ("Hello", "{ name } {link}", "{ name } is no placeholder here"),
            ("Hello", "{link} {", "{ is no placeholder here"),
            ("Hello {link}", "{link}", "{link} is no placeholder here"),
            ("Hello", "No way in.", "{link} is missing"),
            ("", "{link}", "Write a subject"),
            ("Hello", "", "Write a text"),
        ],
    )
    def test_what_cannot_be_sent_is_said_and_stays_typed(
        self, world: World, ada: Client, subject: str, body: str, said: str
    ) -> None:
        reply = ada.post(_mail_page(world), {"subject": subject, "body": body})
        page = reply.content.decode()
        assert reply.status_code == 400 and said in page and body in page
        assert not MailText.objects.exists()

    def test_a_preview_saves_nothing(self, world: World, ada: Client) -> None:
        reply = ada.post(_mail_page(world), {"act": "preview", "subject": "For {name}", "body": "{link}"})
        assert b"For Kim Example" in reply.content and not MailText.objects.exists()

    def test_a_preview_is_in_the_language_of_the_mail_and_not_of_its_reader(self, world: World, ada: Client) -> None:
        page = ada.get(_mail_page(world), headers={"accept-language": "de"}).content.decode()
        assert "Hello Kim Example," in page and "Kim Beispiel" not in page

    def test_a_mail_that_lists_single_answers_stays_ours(self, world: World, ada: Client) -> None:
        for kind in ("redo", "nothing"):
            assert ada.get(_mail_page(world, kind)).status_code == 404
