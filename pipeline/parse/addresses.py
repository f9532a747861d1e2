"""Addresses of captured pages."""

import datetime as dt
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

WAYBACK = re.compile(
    r"https?://(?:web|wayback)\.[\w.-]+/(?:\w+/)?(?P<stamp>\d{14})(?:[a-z]{2}_)?/(?P<url>https?://?.+)", re.I
)
SESSION = re.compile(r"(?:s|sid|phpsessid|sessionid|session_id|jsessionid)", re.I)


def page_address(url: str) -> tuple[str, dt.datetime | None]:
    """(address on the board itself without session id and fragment, when the Wayback Machine captured it where that is in it)."""
    stamp = None
    m = WAYBACK.match(url)
    if m:
        url = re.sub(r"^(https?:/)(?=[^/])", r"\1/", m["url"])
        try:
            stamp = dt.datetime.strptime(m["stamp"], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
        except ValueError:
            stamp = None
    try:
        parts = urlsplit(url)
    except ValueError:  # a host no address can have
        return url, stamp
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(k, v) for k, v in pairs if not (SESSION.fullmatch(k) and len(v) >= 16)]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    path = re.sub(r";jsessionid=[^/?]*", "", parts.path, flags=re.I)
    return parts._replace(query=query, path=path, fragment="").geturl(), stamp
