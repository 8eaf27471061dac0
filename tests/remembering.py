"""A browser of which every refusal and every address can be looked through."""

from __future__ import annotations

import re

import httpx

from tests.processes import Site


class Browser:
    """Remembers what it was told, and at which addresses."""

    def __init__(self, site: Site) -> None:
        self.http = httpx.Client(base_url=site.address, timeout=30)
        self.addresses: list[str] = []
        self.refusals: list[tuple[int, str]] = []

    def get(self, path: str) -> str:
        return self._noted(self.http.get(path)).text

    def post(self, path: str, page: str = "", **fields: str) -> httpx.Response:
        if page:
            self.get(page)
        token = self.http.cookies.get("csrftoken") or ""
        return self._noted(self.http.post(path, data={"csrfmiddlewaretoken": token, **fields}))

    def send(self, method: str, path: str, data: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "Tus-Resumable": "1.0.0"}
        return self._noted(self.http.request(method, path, content=data, headers=named))

    def opened(self, link: re.Match[str]) -> str:
        path, token = link[1], link[2]
        self.get(path)
        self.get(f"{path}%23{token}")  # as some mail programs write it
        assert self.post(f"{path}open/", token=token[:-1]).status_code == 404
        assert self.post(f"{path}open/", token=token).status_code == 302
        return path

    def _noted(self, reply: httpx.Response) -> httpx.Response:
        if reply.status_code >= 400:
            self.refusals.append((reply.status_code, reply.text))
        found = [reply.headers.get("Location", "")]
        if reply.headers.get("Content-Type", "").startswith("text/html"):
            found += re.findall(r'(?:href|src|action)="([^"]*)"', reply.text)
        # What stands behind the # is sent to nobody, and a mailto: is opened by nobody's server.
        self.addresses += [it.partition("#")[0] for it in found if not it.startswith("mailto:")]
        return reply

    @property
    def session(self) -> str:
        return self.http.cookies["sessionid"]
