"""A plain document on A4: headings, paragraphs, facts, and a number on each page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
"""Latin, Greek, Cyrillic and more; neither Chinese, Japanese and Korean nor emoji. Letters are not joined as Arabic
wants them. What the font does not have is drawn as `MISSING` and counted at the end."""
MISSING = "\N{WHITE SQUARE}"
INK, SOFT = 20, 95
SIZES = {1: 18.0, 2: 13.0, 3: 10.5}


class _Paper(FPDF):
    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("text", size=8)
        self.set_text_color(SOFT)
        self.cell(0, 5, text=f"{self._foot} · {self.page_no()} / {{nb}}", align="C")
        self.set_text_color(INK)


class Document:
    def __init__(self, title: str, foot: str, language: str) -> None:
        """`foot` stands on each page, beside its number."""
        self._lost = 0
        self._paper = paper = _Paper("")
        paper.add_font("text", fname=str(FONT))
        font = paper.fonts["text"]
        self._known: set[int] = set(font.cmap) if isinstance(font, TTFFont) else set()
        paper._foot = self._drawable(foot)
        paper.set_title(title)
        paper.set_lang(language)
        paper.set_margins(18, 16)
        paper.set_auto_page_break(True, margin=20)
        paper.add_page()
        self.heading(title, 1)

    def heading(self, text: str, level: int = 2) -> None:
        """A heading stays with what follows it."""
        paper = self._paper
        if paper.will_page_break(SIZES[level] + 12):
            paper.add_page()
        paper.ln(0 if level == 1 else 6 - level)
        with paper.local_context():
            self._write(text, SIZES[level])
        paper.ln(1.5)

    def paragraph(self, text: str, *, soft: bool = False, indent: float = 0) -> None:
        """Nothing where there is no text."""
        if not text:
            return
        self._paper.set_text_color(SOFT if soft else INK)
        self._write(text, 9.0 if soft else 10.0, indent)
        self._paper.set_text_color(INK)
        self._paper.ln(1)

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """One line each; those without a value are left out."""
        for name, value in pairs:
            if value:
                self.paragraph(f"{name}: {value}")

    def data(self) -> bytes:
        if self._lost:
            self._paper.ln(3)
            self.paragraph(
                ngettext(
                    "%(count)s character is not in the font of this file and is shown as %(sign)s; JSON has it.",
                    "%(count)s characters are not in the font of this file and are shown as %(sign)s; JSON has them.",
                    self._lost,
                )
                % {"count": self._lost, "sign": MISSING},
                soft=True,
            )
        return bytes(self._paper.output())

    def _write(self, text: str, size: float, indent: float = 0) -> None:
        paper = self._paper
        paper.set_font("text", size=size)
        paper.set_x(paper.l_margin + indent)
        paper.multi_cell(0, size * 0.5, text=self._drawable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _drawable(self, text: str) -> str:
        text = "".join(letter if letter >= " " or letter == "\n" else " " for letter in text.replace("\r\n", "\n"))
        drawn = "".join(it if it == "\n" or ord(it) in self._known else MISSING for it in text)
        self._lost += sum(new != old for new, old in zip(drawn, text, strict=True))
        return drawn


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def minutes(seconds: float | None) -> str:
    return _("%(clock)s min") % {"clock": clock(seconds)} if seconds is not None else ""
