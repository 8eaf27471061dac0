"""A Deepgram that takes its time, for hundreds of calls at once: the same wire as tests/fakes, without a thread each.

"python -m bench.bare.slow SECONDS": prints its port. The first call is answered at once, so that the caller has loaded
what it needs. Ends with its stdin.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

WORDS = [
    {
        "word": "planned",
        "punctuated_word": "planned",
        "start": round(n * 0.36, 2),
        "end": round(n * 0.36 + 0.3, 2),
        "confidence": 0.97,
    }
    for n in range(80)
]
CHANNEL = {
    "alternatives": [{"transcript": " ".join(["planned"] * len(WORDS)), "confidence": 0.98, "words": WORDS}],
    "detected_language": "en",
    "language_confidence": 0.99,
}
REPLY = json.dumps({"metadata": {"request_id": "0" * 36}, "results": {"channels": [CHANNEL]}}).encode()
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(REPLY)}\r\nConnection: close\r\n\r\n"


async def main(seconds: float) -> None:
    calls = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        calls += 1
        if calls > 1:
            await asyncio.sleep(seconds)
        writer.write(HEAD.encode() + REPLY)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
