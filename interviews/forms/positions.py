"""What recruiters write about a position, its team and its mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.forms import colours
from interviews.forms.rubrics import Paragraphs
from interviews.media import looking
from interviews.media.errors import MediaError
from interviews.media.logo import BYTES_AT_MOST
from interviews.models import Membership, Position
from interviews.processing import texts

REQUIRED = {
    "title": gettext_lazy("Say what the position is called."),
    "host": gettext_lazy("Say who asks: the organisation, as the applicant knows it."),
    "contact": gettext_lazy("Give an e-mail address at which applicants find help."),
    "about": gettext_lazy("Say something about the work: it is what the applicant reads first."),
}


MOST_AHEAD = timedelta(days=3650)


class MomentInput(forms.DateTimeInput):
    """In UTC; a script lets the reader write it in their own zone (static/js/moment.js)."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", attrs={"data-moment": "", "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        """Also of what was sent with a zone, and is shown again; None of what is no moment, which the script must not
        take for one."""
        if isinstance(value, str):
            try:
                sent = parse_datetime(value)
                value = sent.astimezone(UTC) if sent is not None and sent.tzinfo else sent
            except (ValueError, OverflowError):
                value = None
        return super().format_value(value)


class Described(forms.ModelForm[Position]):
    """What a budget and a deadline need, here and in the admin."""

    def clean_deadline(self) -> datetime | None:
        """To the minute. One that has passed may stay."""
        typed: datetime | None = self.cleaned_data["deadline"]
        if typed is None:
            return None
        deadline, now = typed.replace(second=0, microsecond=0), timezone.now()
        if deadline != self.instance.deadline and deadline <= now:
            raise forms.ValidationError(
                _("This moment has passed. Choose one to come; to take nobody in any more, close the position.")
            )
        if deadline > now + MOST_AHEAD:
            raise forms.ValidationError(_("Choose a moment within the next ten years, or leave it empty."))
        return deadline

    def clean_ai_budget(self) -> Any:
        budget = self.cleaned_data["ai_budget"]
        if budget is not None and settings.UNPRICED:
            names = f" {_('and')} ".join(settings.UNPRICED)
            raise forms.ValidationError(_("A budget needs prices. Set %(names)s first.") % {"names": names})
        return budget


class NewPosition(forms.ModelForm[Position]):
    class Meta:
        model = Position
        fields: tuple[str, ...] = ("title", "host", "contact", "about", "language")
        widgets: dict[str, forms.Widget] = {"about": forms.Textarea(attrs={"rows": 5})}
        error_messages = {name: {"required": words} for name, words in REQUIRED.items()}
        labels = {
            "title": gettext_lazy("Title"),
            "host": gettext_lazy("Organisation"),
            "contact": gettext_lazy("E-mail address for questions"),
            "about": gettext_lazy("About the work"),
            "language": gettext_lazy("Language of mail"),
        }


class PositionForm(Described):
    """`edits`: how often the position had been saved when the page was opened."""

    accent = forms.CharField(
        required=False,
        label=gettext_lazy("Colour"),
        help_text=gettext_lazy("As #rrggbb. It is made darker or lighter where it could not be read. Empty: ours."),
        widget=forms.TextInput(
            attrs={"maxlength": 7, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
        ),
    )
    picture = forms.FileField(
        required=False,
        label=gettext_lazy("Logo"),
        help_text=gettext_lazy("PNG or JPEG, up to 1 MB. It is made smaller where it needs to be."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    without_logo = forms.BooleanField(required=False, label=gettext_lazy("Remove the logo"))
    edits = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    class Meta(NewPosition.Meta):
        fields = (
            *("title", "host", "contact", "about", "language", "reply_days", "invitation_days", "deadline"),
            *("retention_days", "rate_first", "ai_budget", "external_id", "asks_self_report"),
        )
        widgets = {**NewPosition.Meta.widgets, "deadline": MomentInput()}
        error_messages = {
            **NewPosition.Meta.error_messages,
            "deadline": {"invalid": gettext_lazy("Write the whole day and time, or leave it empty.")},
        }
        labels = {
            **NewPosition.Meta.labels,
            "deadline": gettext_lazy("Deadline"),
            "reply_days": gettext_lazy("Days until you answer"),
            "invitation_days": gettext_lazy("Days to do the interview"),
            "retention_days": gettext_lazy("Days until recordings are deleted"),
            "rate_first": gettext_lazy("Rate first"),
            "asks_self_report": gettext_lazy("Ask for sex and ethnicity, voluntarily"),
            "ai_budget": gettext_lazy("Budget for AI"),
            "external_id": gettext_lazy("External id"),
        }

    def clean_accent(self) -> tuple[str, str]:
        """Of what was typed: as it can be read on light and on dark pages; both "" for none.

        The field shows the one for light pages: left as it is, both stay.
        """
        typed = self.cleaned_data["accent"]
        if not typed:
            return "", ""
        colour = colours.parsed(typed)
        if colour is None:
            raise forms.ValidationError(_("Write a colour as # and six digits or letters up to f, like #0b6b4b."))
        if colour == self.instance.accent_light:
            return colour, self.instance.accent_dark
        return colours.legible(colour, colours.LIGHT), colours.legible(colour, colours.DARK)

    def clean_picture(self) -> bytes | None:
        """Made anew, as PNG; None where nothing was sent."""
        picture = self.cleaned_data["picture"]
        if not isinstance(picture, UploadedFile):
            return None
        try:
            return looking.logo_from(picture.read(BYTES_AT_MOST + 1))
        except MediaError:
            raise forms.ValidationError(
                _(
                    "This picture cannot be used. Send a PNG or a JPEG of up to 1 MB and 4 million pixels; other kinds,"
                    " SVG among them, are not taken."
                )
            ) from None

    def moved(self) -> list[str]:
        """What was done to the colour, and why. Sentences."""
        colour = colours.parsed(self.data.get("accent", ""))
        if colour == self.instance.accent_light:
            return []
        said = []
        for made, background, where in (
            (self.cleaned_data["accent"][0], colours.LIGHT, _("light pages")),
            (self.cleaned_data["accent"][1], colours.DARK, _("dark pages")),
        ):
            if colour and made != colour:
                found = {"colour": colour, "made": made, "where": where}
                found["contrast"] = f"{colours.contrast(colour, background):.1f}"
                said.append(
                    _(
                        "On %(where)s %(colour)s would be hard to read: its contrast is %(contrast)s to 1, and 4.5 is"
                        " needed. %(made)s is used there."
                    )
                    % found
                )
        return said

    def values(self) -> dict[str, Any]:
        """Of the position's own columns."""
        light, dark = self.cleaned_data["accent"]
        return {
            **{name: self.cleaned_data[name] for name in self.Meta.fields},
            "accent_light": light,
            "accent_dark": dark,
        }


class NewMember(forms.Form):
    """By the whole name of the account, or its address: nobody reads here who else has one."""

    who = forms.CharField(max_length=254, error_messages={"required": gettext_lazy("Write a user name.")})
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.REVIEWER)

    def clean_who(self) -> User:
        who = self.cleaned_data["who"]
        found = list(User.objects.filter(Q(username__iexact=who) | Q(email__iexact=who), is_active=True)[:2])
        if len(found) > 1:
            found = [user for user in found if user.username == who]
        if len(found) != 1:
            raise forms.ValidationError(
                _("There is no account of this name or address. An administrator makes accounts.")
            )
        return found[0]


class Moving(forms.Form):
    """One member's role; `remove` ends it."""

    role = forms.ChoiceField(choices=[*Membership.Role.choices, ("remove", "remove")])


class MailTextForm(forms.Form):
    subject = forms.CharField(
        max_length=200,
        label=gettext_lazy("Subject"),
        error_messages={"required": gettext_lazy("Write a subject, or go back to our words.")},
    )
    body = Paragraphs(
        max_length=5000,
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": gettext_lazy("Write a text, or go back to our words.")},
    )

    def __init__(self, *args: Any, kind: str, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind
        for field in self.fields.values():
            field.widget.attrs["lang"] = language

    def clean_subject(self) -> str:
        return self._checked("subject", needed=())

    def clean_body(self) -> str:
        return self._checked("body", needed=texts.needed(self._kind))

    def _checked(self, name: str, needed: tuple[str, ...]) -> str:
        written: str = self.cleaned_data[name]
        known = [it for it in texts.placeholders(self._kind) if name == "body" or it not in texts.ONLY_IN_BODY]
        problems = [
            _("%(found)s is no placeholder here. There are: %(known)s.")
            % {"found": found, "known": ", ".join(f"{{{it}}}" for it in known)}
            for found in texts.unknown(written, known)
        ]
        problems += [
            _("%(missing)s is missing: without it the applicant cannot use this mail.") % {"missing": f"{{{it}}}"}
            for it in needed
            if f"{{{it}}}" not in written
        ]
        if problems:
            raise forms.ValidationError(problems)
        return written
