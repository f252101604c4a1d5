"""A visitor's browser for a load generator: cookies, and one connection that stays open, over asyncio.

Enough of HTTP/1.1 for a server that tells each answer's length; so that little but the server is timed.
"""

import asyncio
import json
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

ANSWER_S = 20.0  # the pages' own patience (static/js/study_api.js)
MOST_HEAD_BYTES = 2**16
OUTAGES = (OSError, TimeoutError, asyncio.IncompleteReadError)  # the server is not there, or went away


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # by lower-case name; of cookies the last
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def retry_after_s(self) -> float:
        return float(self.headers.get("retry-after", 1.0))


class Visitor:
    """One browser.

    Args:
        url: http://host:port of the site.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url, self.host = url, parts.netloc
        self.address = (parts.hostname or "localhost", parts.port or 80)
        self.cookies: dict[str, tuple[str, str]] = {}  # name → value, path
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def post_form(self, path: str, **fields: str) -> Answer:
        token = {"csrfmiddlewaretoken": self.cookie("csrftoken")}
        return await self.ask("POST", path, urlencode(token | fields), "application/x-www-form-urlencoded")

    async def post_json(self, path: str, message: dict[str, Any]) -> Answer:
        return await self.ask("POST", path, json.dumps(message), "application/json")

    async def ask(self, method: str, path: str, body: str = "", content_type: str = "") -> Answer:
        """One request and its answer.

        Raises:
            OSError, TimeoutError, asyncio.IncompleteReadError: none came.
        """
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self.exchange(self.request(method, path, body, content_type))
        except (*OUTAGES, asyncio.CancelledError):  # an answer that comes later would be taken for the next one's
            self.hang_up()
            raise

    async def exchange(self, request: bytes) -> Answer:
        if self.streams is None:
            self.streams = await asyncio.open_connection(*self.address, limit=MOST_HEAD_BYTES)
        reader, writer = self.streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        for line in head[1:-2]:
            if line.lower().startswith("set-cookie:"):
                self.keep(line.partition(":")[2])
        status = int(head[0].split()[1])
        answer = Answer(status, headers, await reader.readexactly(int(headers.get("content-length", 0))))
        if headers.get("connection") == "close":
            self.hang_up()
        return answer

    def request(self, method: str, path: str, body: str, content_type: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", "Accept: application/json, text/html;q=0.9"]
        cookies = [f"{name}={value}" for name, (value, under) in self.cookies.items() if path.startswith(under)]
        if cookies:
            lines.append(f"Cookie: {'; '.join(cookies)}")
        if method == "POST":
            lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body.encode())}"]
            lines += [f"Origin: {self.url}", f"X-CSRFToken: {self.cookie('csrftoken')}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header.strip()).items():
            self.cookies[name] = (morsel.value, morsel["path"] or "/")

    def cookie(self, name: str) -> str:
        return self.cookies.get(name, ("", ""))[0]

    def hang_up(self) -> None:
        if self.streams is not None:
            self.streams[1].transport.abort()
            self.streams = None
