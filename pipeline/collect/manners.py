"""How pages are asked for: one connection, waits between requests, robots.txt, a budget, patience, bounds on what arrives.

httpx does the asking, httpx-retries asks again, Protego reads robots.txt; `Pace` stands between the first two, so that every
request, a repeated one too, waits its turn and is counted.
"""

import dataclasses
import email.utils
import importlib.metadata
import random
import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx
from httpx_retries import Retry, RetryTransport
from protego import Protego

from pipeline.collect.settings import Collect
from pipeline.parse.warc import TEXTUAL

AGENT = "ThreadRx"
RETRIED = (429, 500, 502, 503, 504)
MAX_WAIT = 120.0  # seconds; a server that asks for more is left alone until the next run
MAX_ROBOTS = 512 * 1024  # bytes, as RFC 9309 asks to read at least


class StopError(Exception):
    """The run ends here, for now; the message says why and what to do."""


class LeftOutError(Exception):
    """One page is left out: `reason`, one word, and what to do about it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclasses.dataclass(slots=True)
class Answer:
    """What a server said. `body` as it came, its content encoding not undone; `headers` without those of the transfer."""

    url: str
    status: int
    reason: str
    http: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of a name, empty if none."""
        return next((v for k, v in self.headers if k.lower() == name), "")


class Pace(httpx.BaseTransport):
    """Waits, counts and bounds. `delay` may be raised while it works."""

    def __init__(self, settings: Collect, inner: httpx.BaseTransport, on_wait: Callable[[float], None]) -> None:
        self.settings, self.inner, self.on_wait = settings, inner, on_wait
        self.delay, self.last = settings.delay_seconds, 0.0
        self.requests, self.received = 0, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The whole response, its body read. Raises StopError (budget, a server that wants peace), LeftOutError, and as httpx."""
        limit = self.settings
        if self.requests >= limit.max_requests or self.received >= limit.max_megabytes * 1e6:
            raise StopError(
                f"the budget of the run is spent ({self.requests:,} requests, {self.received / 1e6:,.1f} MB)"
            )
        wait = self.last + self.delay * random.uniform(1, 1.1) - time.monotonic()
        if wait > 0:
            self.on_wait(wait)
            time.sleep(wait)
        self.requests += 1
        try:
            response = self.inner.handle_request(request)
            try:
                return self.read(request, response)
            finally:
                response.close()
        finally:
            self.last = time.monotonic()

    def read(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        """The response with its body, bounded in size and time."""
        if response.status_code in RETRIED:
            asked = wished(response.headers.get("Retry-After", ""))
            if asked > MAX_WAIT:
                raise StopError(
                    f"{request.url.host} asks to be left alone for {asked / 60:,.0f} minutes; run again then"
                )
            if response.status_code in (429, 503):
                self.delay = min(max(self.delay * 2, 0.01), max(self.delay, 60.0))
        mime = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if response.is_success and not TEXTUAL.search(mime):
            raise LeftOutError("not_text", f"served as {mime}, which holds no posts; nothing to do")
        most = self.settings.max_page_megabytes * 1e6
        until = time.monotonic() + self.settings.max_page_seconds
        parts, size = [], 0
        for part in response.stream:  # type: ignore[union-attr]
            size += len(part)
            self.received += len(part)
            if size > most:
                raise LeftOutError(
                    "too_large", f"more than {most / 1e6:g} MB; raise max_page_megabytes if it is a page"
                )
            if time.monotonic() > until:
                raise LeftOutError("too_slow", f"not here after {self.settings.max_page_seconds:g} s; run again later")
            parts.append(part)
        return httpx.Response(
            response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(b"".join(parts)),
            extensions={k: v for k, v in response.extensions.items() if k in ("http_version", "reason_phrase")},
        )  # fmt: skip

    def close(self) -> None:
        self.inner.close()


def wished(retry_after: str) -> float:
    """Seconds a Retry-After header asks to wait; 0 where it says nothing that can be read."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0


class Fetcher:
    """Asks one source's servers for pages."""

    def __init__(self, settings: Collect, on_wait: Callable[[float], None] = lambda seconds: None) -> None:
        self.settings = settings
        retry = Retry(total=settings.retries, backoff_factor=settings.retry_seconds, backoff_jitter=0.5,
                      max_backoff_wait=MAX_WAIT, status_forcelist=RETRIED)  # fmt: skip
        line = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self.pace = Pace(settings, httpx.HTTPTransport(limits=line), on_wait)
        self.client = httpx.Client(
            transport=RetryTransport(transport=self.pace, retry=retry),
            timeout=min(30.0, settings.max_page_seconds),
            headers={"User-Agent": user_agent(settings.contact), "Accept-Encoding": "gzip",
                     "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.5"},
        )  # fmt: skip
        self.robots: dict[str, Protego] = {}

    def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """The answer to one request (redirects are answers). `#bytes=1-9` at the end of an address asks for that range of it.

        Raises LeftOutError where no answer comes or it is out of bounds, StopError.
        """
        url, _, part = url.partition("#")
        headers = (headers or {}) | ({"Range": part} if part.startswith("bytes=") else {})
        try:
            with self.client.stream("GET", url, headers=headers) as response:
                body = b"".join(response.iter_raw())
        except httpx.InvalidURL as e:
            raise LeftOutError("bad_address", f"{e}; nothing to do") from e
        except httpx.HTTPError as e:
            raise LeftOutError("no_answer", f"{type(e).__name__}: {e}; run again later") from e
        raw = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw]
        kept = [("X-Crawl-" + k if k.lower() == "transfer-encoding" else k, v) for k, v in raw]
        return Answer(url, response.status_code, response.reason_phrase, response.http_version, kept, body)

    def rules(self, url: str) -> tuple[Protego, Answer | None]:
        """The robots.txt for an address, and the answer it came in if it was asked for just now (RFC 9309: none means all is
        allowed, one that cannot be had means nothing is). Raises StopError."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site in self.robots:
            return self.robots[site], None
        target = f"{site}/robots.txt"
        try:
            answer = self.get(target)
            for _ in range(5):
                if answer.status not in (301, 302, 303, 307, 308):
                    break
                target = urljoin(target, answer.header("location"))
                answer = self.get(target)
        except LeftOutError as e:
            raise StopError(f"{site}/robots.txt cannot be had ({e.detail}), so nothing may be asked for") from e
        if answer.status >= 500 or answer.status == 429:
            raise StopError(
                f"{site}/robots.txt: HTTP status {answer.status}, so nothing may be asked for; run again later"
            )
        text = plain(answer)[:MAX_ROBOTS].decode("utf-8", "replace") if 200 <= answer.status < 300 else ""
        rules = self.robots[site] = Protego.parse(text)
        rate = rules.request_rate(AGENT)
        slow = [self.pace.delay, float(rules.crawl_delay(AGENT) or 0), rate.seconds / rate.requests if rate else 0.0]
        self.pace.delay = max(slow)
        return rules, answer

    def close(self) -> None:
        self.client.close()


def plain(answer: Answer) -> bytes:
    """The body with its content encoding undone, bounded."""
    from pipeline.parse.documents import unpack
    from pipeline.parse.warc import decoded

    body = answer.body
    for coding in reversed(answer.header("content-encoding").lower().split(",")):
        body = decoded(body, coding.strip())
    unpacked = unpack(body)
    return unpacked if isinstance(unpacked, bytes) else b""


def user_agent(contact: str) -> str:
    """Who asks, and where to complain."""
    return f"{AGENT}/{importlib.metadata.version('threadrx')} (research; {contact})"
