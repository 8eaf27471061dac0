"""What refers to something else: to another file or address."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.hostile.containers import EBML_HEAD, FTYP, INFO, SEGMENT, box, element, head
from tests.hostile.files import Upload
from tests.hostile.lures import Lure


def references(webm: bytes, mp4: bytes, to: Lure) -> Iterator[Upload]:
    for place in (str(to.path), f"file:{to.path}", f"http://{to.address}/x", f"tcp://{to.address}"):
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{place}\n#EXT-X-ENDLIST\n".encode()
        concat = f"ffconcat version 1.0\nfile '{place}'\n".encode()
        yield Upload(f"a playlist of {place.partition(':')[0]}", playlist)
        yield Upload(f"a playlist within webm, of {place.partition(':')[0]}", EBML_HEAD + b"\n" + playlist)
        yield Upload(f"a playlist within mp4, of {place.partition(':')[0]}", FTYP + playlist, "video/mp4")
        yield Upload(f"a concat script of {place.partition(':')[0]}", concat)
        yield Upload(
            f"a QuickTime reference to {place.partition(':')[0]}", _reference_movie(place.encode()), "video/mp4"
        )
        yield Upload(f"data in {place.partition(':')[0]}", _elsewhere(mp4, place.encode()), "video/mp4")
    key = f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://{to.address}/key"\n#EXTINF:1,\n{to.path}\n#EXT-X-ENDLIST\n'
    yield Upload("a playlist with a key elsewhere", key.encode())
    dash = f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://{to.address}/</BaseURL></MPD>'
    yield Upload("a DASH manifest", dash.encode(), "video/mp4")
    sdp = f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {to.address.rpartition(':')[2]} RTP/AVP 96\n"
    yield Upload("a description of a stream", sdp.encode())
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{to.path}"/><use href="http://{to.address}/"/></svg>'
    yield Upload("a picture that refers to files", svg.encode())
    gab2 = (
        b"RIFF\0\1\0\0AVI LIST\0\1\0\0movi01tx"
        + struct.pack("<I", 300)
        + b"GAB2\0\2\0"
        + f"#EXTM3U\n{to.path}\n".encode()
    )
    yield Upload("subtitles that are a playlist", gab2)
    linked = (
        element("3eb923", bytes(16))
        + element("3e83bb", f"{to.path}".encode())
        + element("3c83ab", str(to.path).encode())
    )
    yield Upload("a segment that goes on in another file", head() + element(SEGMENT, element(INFO, linked) + webm[60:]))


def _reference_movie(place: bytes) -> bytes:
    reference = box(b"rdrf", bytes(4), b"url ", struct.pack(">I", len(place) + 1), place + b"\0")
    return FTYP + box(b"moov", box(b"rmra", box(b"rmda", reference)))


def _elsewhere(mp4: bytes, place: bytes) -> bytes:
    """The same movie, whose samples lie in another file."""
    at = mp4.find(b"dref") - 4
    length = int.from_bytes(mp4[at : at + 4], "big")
    entry = box(b"url ", bytes(4), place + b"\0")
    alias = box(b"alis", bytes(4), bytes(150) + struct.pack(">HH", 2, len(place)) + place)
    made = box(b"dref", bytes(4), struct.pack(">I", 2), entry, alias)
    return mp4[:at] + made + mp4[at + length :]
