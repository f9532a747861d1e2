"""Invented boards, served on loopback in the mark-up and with the addresses, page links, session ids and errors of their software."""

import contextlib
import dataclasses
import datetime as dt
import html
import http.server
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.conftest import archive_page

Post = tuple[int, str, dt.datetime, str]  # number, author, when, words
SID = "0123456789abcdef0123456789abcdef"


@dataclasses.dataclass
class Reply:
    """What a server says."""

    body: str | bytes
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


class Site(http.server.ThreadingHTTPServer):
    """A server that answers with `answer(path, request headers)` and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Callable[[str, Any], Reply | Callable[[Any], None]]) -> None:
        self.answer, self.asked, self.agents, self.on_request = answer, [], set(), lambda path: None  # type: ignore[var-annotated]
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def pages(self) -> Counter[str]:
        """How often each path was asked for, but for robots.txt."""
        return Counter(p for p in self.asked if p != "/robots.txt")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.agents.add(self.headers.get("User-Agent"))
        self.server.on_request(self.path)
        reply = self.server.answer(self.path, self.headers)
        if not isinstance(reply, Reply):
            reply(self)
            return
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        head = {"Content-Type": reply.type, "Content-Length": str(len(body))} | reply.headers
        self.send_response_only(reply.status)
        for name, value in head.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # a client that was killed
            super().handle()


@contextlib.contextmanager
def serving(answer: Callable[[str, Any], Any]) -> Iterator[Site]:
    """A site, for as long as it is needed."""
    site = Site(answer)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()


def threads(n: int, posts: int = 7) -> dict[int, tuple[str, list[Post]]]:
    """Thread number → (title, posts), all different."""
    drugs = ("baclofen", "gabapentin", "pregabalin", "tizanidine")
    begin = dt.datetime(2015, 3, 1, 9, 30)
    out = {}
    for t in range(11, 11 + n):
        written = [
            (t * 100 + p, f"kestrel{(t + p) % 9}", begin + dt.timedelta(days=t, minutes=7 * p),
             f"Post {p} of thread {t}: I take {10 * p + t} mg of {drugs[(t + p) % 4]} every evening and sleep through.")
            for p in range(1, posts + 1)
        ]  # fmt: skip
        out[t] = (f"Evening dose {t}", written)
    return out


@dataclasses.dataclass
class Board:
    """A board of two lists of threads, `per` posts a thread page and `per` threads a list page. `fails`: paths → replies to give
    before the real one."""

    archive: dict[int, tuple[str, list[Post]]]
    per: int = 3
    host: str = ""
    robots: str = "User-agent: *\nDisallow: /private\nDisallow: /admin\n"
    fails: dict[str, list[Reply]] = dataclasses.field(default_factory=dict)
    start = "/"

    def __call__(self, path: str, headers: Any) -> Reply:
        self.host = f"http://{headers['Host']}"
        if self.fails.get(path):
            return self.fails[path].pop(0)
        if path == "/robots.txt":
            return Reply(self.robots, type="text/plain")
        reply = self.page(path)
        tag = f'"{hash(reply.body)}"'
        if headers.get("If-None-Match") == tag:
            return Reply("", 304)
        reply.headers["ETag"] = tag
        return reply

    def page(self, path: str) -> Reply:
        raise NotImplementedError

    def boards(self) -> dict[int, list[int]]:
        numbers = list(self.archive)
        return {2: numbers[::2], 3: numbers[1::2]}

    def cut(self, rows: list[Any], page: int) -> tuple[list[Any], int]:
        """(the rows of a page, how many pages there are)."""
        return rows[(page - 1) * self.per : page * self.per], max(1, -(-len(rows) // self.per))


def link(url: str, text: object) -> str:
    return f'<a href="{html.escape(url)}">{text}</a>'


class VBulletinArchive(Board):
    """`/archive/index.php/f-2.html`, `t-12-p-2.html`; every page also as PDA version, every link with a session id."""

    start = "/archive/index.php"

    def page(self, path: str) -> Reply:
        path, sid = path.partition("?")[0], f"?s={SID}"
        base = "/archive/index.php"
        if path.rstrip("/") == base:
            lists = "".join(f"<li>{link(f'{base}/f-{f}.html{sid}', f'Board {f}')}</li>" for f in self.boards())
            return Reply(f"<html><body>View Full Version: Boards<ul>{lists}</ul></body></html>")
        m = re.fullmatch(rf"{base}/([ft])-(\d+)(?:-p-(\d+))?\.html", path)
        if not m:
            return Reply("no such page", 404)
        kind, number, page = m[1], int(m[2]), int(m[3] or 1)
        rows = self.boards()[number] if kind == "f" else self.archive[number][1]
        part, n = self.cut(rows, page)
        pages = "".join(
            link(f"{base}/{kind}-{number}{f'-p-{k}' if k > 1 else ''}.html{sid}", k) for k in range(1, n + 1)
        )
        nav = f'<div id="pagenumbers">{pages}</div>{link(f"{base}/{kind}-{number}.html?pda=1", "PDA")}{link("/private/x", "pm")}'
        if kind == "f":
            items = "".join(f"<li>{link(f'{base}/t-{t}.html{sid}', self.archive[t][0])}</li>" for t in part)
            return Reply(f"<html><body>{nav}<ol>{items}</ol></body></html>")
        body = archive_page(self.archive[number][0], [(a, w) for _, a, _, w in part], number, (page - 1) * self.per)
        return Reply(body.replace("</body>", nav + "</body>").replace("https://test.example", self.host))


class PhpBB(Board):
    """`/viewforum.php?f=2&start=3`, `/viewtopic.php?f=2&t=12&start=3`; sid in every link until the cookie is back."""

    start = "/index.php"

    def page(self, path: str) -> Reply:
        q = {k: v[0] for k, v in parse_qs(urlsplit(path).query).items()}
        sid = f"&sid={SID}"
        if path.startswith("/index.php"):
            lists = "".join(link(f"./viewforum.php?f={f}{sid}", f"Board {f}") for f in self.boards())
            return Reply(f'<html><body id="phpbb">{lists}{link("./ucp.php?mode=login" + sid, "Login")}</body></html>')
        page = int(q.get("start", 0)) // self.per + 1
        if path.startswith("/viewforum.php"):
            f = int(q["f"])
            part, n = self.cut(self.boards()[f], page)
            items = "".join(
                link(f"./viewtopic.php?f={f}&t={t}{sid}", self.archive[t][0])
                + link(f"./viewtopic.php?f={f}&t={t}&p={t}05{sid}#p{t}05", "last")
                + link(f"./viewtopic.php?f={f}&t={t}&view=unread{sid}", "new")
                for t in part
            )
            pages = "".join(link(f"./viewforum.php?f={f}{sid}&start={k * self.per}", k + 1) for k in range(n))
            return Reply(f'<html><body id="phpbb">{items}{pages}</body></html>')
        if not path.startswith("/viewtopic.php") or int(q.get("t", 0)) not in self.archive:
            return Reply("<html><body>The requested topic does not exist.</body></html>", 404)
        t = int(q["t"])
        title, rows = self.archive[t]
        part, n = self.cut(rows, page)
        posts = "".join(
            f'<div id="p{i}" class="post bg1"><div class="inner"><dl class="postprofile" id="profile{i}"><dt>'
            f'<a href="./memberlist.php?mode=viewprofile&amp;u={len(a)}" class="username">{a}</a></dt></dl>'
            f'<div class="postbody"><div id="post_content{i}"><h3><a href="#p{i}">Re: {title}</a></h3><p class="author">by <strong>'
            f'<a href="./memberlist.php?u=1" class="username">{a}</a></strong> &raquo; <time datetime="{w:%Y-%m-%dT%H:%M:%S}+00:00">'
            f'{w:%a %b %d, %Y %H:%M}</time></p><div class="content">{x}</div></div></div></div></div>'
            for i, a, w, x in part
        )  # fmt: skip
        pages = "".join(
            f"<li>{link(f'./viewtopic.php?f=2&t={t}{sid}&start={k * self.per}', k + 1)}</li>" for k in range(n)
        )
        head = f'<h2 class="topic-title">{link(f"./viewtopic.php?f=2&t={t}{sid}", title)}</h2>'
        sort = link(f"./viewtopic.php?f=2&t={t}&st=0&sk=t&sd=d{sid}", "newest first")
        return Reply(f'<html><body id="phpbb"><div id="page-body" class="page-body">{head}{posts}'
                     f'<div class="pagination"><ul>{pages}</ul></div>{sort}</div></body></html>')  # fmt: skip


class SMF(Board):
    """`/index.php?board=2.3`, `/index.php?topic=12.3`; PHPSESSID before everything else."""

    start = "/index.php"

    def page(self, path: str) -> Reply:
        query = re.sub(r"PHPSESSID=\w+&?", "", urlsplit(path).query)
        at = f"{self.host}/index.php?PHPSESSID={SID}&"
        if not query:
            lists = "".join(link(f"{at}board={f}.0", f"Board {f}") for f in self.boards())
            return Reply(
                f"<html><body>{lists}{link(at + 'action=calendar;year=2015;month=4', 'Calendar')}</body></html>"
            )
        m = re.fullmatch(r"(board|topic)=(\d+)\.(\d+)", query)
        if not m:
            return Reply("<html><body>An Error Has Occurred!</body></html>", 404)
        kind, number, page = m[1], int(m[2]), int(m[3]) // self.per + 1
        rows = self.boards()[number] if kind == "board" else self.archive[number][1]
        part, n = self.cut(rows, page)
        pages = "".join(link(f"{at}{kind}={number}.{k * self.per}", k + 1) for k in range(n))
        if kind == "board":
            items = "".join(
                link(f"{at}topic={t}.0", self.archive[t][0]) + link(f"{at}topic={t}.msg{t}05#new", "last") for t in part
            )
            return Reply(
                f"<html><body>{items}{pages}{link(f'{at}board={number}.0;sort=subject', 'Subject')}</body></html>"
            )
        title = self.archive[number][0]
        crumbs = f"<li>{link(at, 'Home')}</li><li>{link(at + 'board=2.0', 'Board 2')}</li><li>{link(f'{at}topic={number}.0', title)}</li>"
        posts = "".join(
            f'<div class="windowbg" id="msg{i}"><div class="post_wrapper"><div class="poster"><h4>'
            f'{link(f"{at}action=profile;u=3", a)}</h4></div><div class="postarea"><div class="keyinfo"><div id="subject_{i}" '
            f'class="subject_title">{link(f"{at}msg={i}", f"Re: {title}")}</div><div class="postinfo"><a class="smalltext" '
            f'href="?msg={i}">{w:%B %d, %Y, %I:%M:%S %p}</a></div></div><div class="post"><div class="inner" id="msg_{i}">{x}</div>'
            f"</div></div></div></div>"
            for i, a, w, x in part
        )  # fmt: skip
        extra = link(f"{at}action=printpage;topic={number}.0", "Print") + link(
            f"{at}topic={number}.0;prev_next=next", "next"
        )
        return Reply(f'<html><body><div class="navigate_section"><ul>{crumbs}</ul></div><form id="quickModForm" name="quickModForm">'
                     f"{posts}</form>{pages}{extra}</body></html>")  # fmt: skip


class XenForo(Board):
    """`/forums/board.2/page-2`, `/threads/title.12/page-2`; the slug may be anything, what has none is redirected."""

    def page(self, path: str) -> Reply:
        head = '<html id="XF" data-app="public"><body>'
        if path == "/":
            lists = "".join(link(f"/forums/board-{f}.{f}/", f"Board {f}") for f in self.boards())
            return Reply(f"{head}{lists}{link('https://elsewhere.example/threads/ours.99/', 'friends')}</body></html>")
        m = re.fullmatch(r"/(forums|threads)/(?:([\w-]+)\.)?(\d+)/(?:page-(\d+))?", path)
        if not m:
            return Reply(f"{head}Oops!</body></html>", 404)
        kind, number, page = m[1], int(m[3]), int(m[4] or 1)
        if not m[2]:
            return Reply("", 301, headers={"Location": f"/{kind}/the-title.{number}/"})
        rows = self.boards()[number] if kind == "forums" else self.archive[number][1]
        part, n = self.cut(rows, page)
        pages = "".join(link(f"/{kind}/{m[2]}.{number}/{f'page-{k}' if k > 1 else ''}", k) for k in range(1, n + 1))
        if kind == "forums":
            items = "".join(
                link(f"/threads/{'' if t % 3 == 0 else f'evening-dose-{t}.'}{t}/", self.archive[t][0])
                + link(f"/threads/evening-dose-{t}.{t}/latest", "last") + link(f"/threads/evening-dose-{t}.{t}/?order=x#post-1", "x")
                for t in part
            )  # fmt: skip
            return Reply(
                f"{head}{items}{pages}{link(f'/forums/board-2.{number}/?order=title', 'by title')}</body></html>"
            )
        posts = "".join(
            f'<article class="message message--post js-post" data-author="{a}" data-content="post-{i}" id="js-post-{i}">'
            f'<div class="message-user"><h4 class="message-name">{a}</h4></div><header class="message-attribution"><time datetime='
            f'"{w:%Y-%m-%dT%H:%M:%S}+0000">{w:%b %d, %Y}</time></header><article class="message-body"><div class="bbWrapper">{x}'
            f"</div></article></article>"
            for i, a, w, x in part
        )  # fmt: skip
        return Reply(f'{head}<h1 class="p-title-value">{self.archive[number][0]}</h1>{posts}{pages}</body></html>')


class Discourse(Board):
    """`/latest.json?page=1`, `/t/12.json?page=2`."""

    def page(self, path: str) -> Reply:
        parts, kind = urlsplit(path), "application/json; charset=utf-8"
        page = int(parse_qs(parts.query).get("page", ["0"])[0])
        if parts.path == "/latest.json":
            part, n = self.cut(list(self.archive), page + 1)
            listed = [{"id": t, "title": self.archive[t][0],
                       "posters": [{"user_id": t, "description": "Original Poster"}]} for t in part]  # fmt: skip
            more = {"more_topics_url": f"/latest?no_definitions=true&page={page + 1}"} if page + 1 < n else {}
            users = [{"id": t, "username": self.archive[t][1][0][1]} for t in part]
            return Reply(json.dumps({"users": users, "topic_list": {"topics": listed} | more}), type=kind)
        m = re.fullmatch(r"/t/(\d+)\.json", parts.path)
        if not m:
            return Reply(json.dumps({"errors": ["not found"]}), 404, type=kind)
        title, rows = self.archive[int(m[1])]
        part, _ = self.cut(rows, page or 1)
        posts = [{"id": i, "post_number": i % 100, "username": a, "created_at": f"{w:%Y-%m-%dT%H:%M:%S.000Z}", "post_type": 1,
                  "cooked": f"<p>{x}</p>", "topic_id": int(m[1]), "topic_slug": "evening-dose"} for i, a, w, x in part]  # fmt: skip
        stream = {"posts": posts, "stream": [i for i, *_ in rows]}
        return Reply(json.dumps({"id": int(m[1]), "title": title, "post_stream": stream}), type=kind)


BOARDS = {
    "vbulletin_archive": VBulletinArchive, "phpbb": PhpBB, "smf": SMF, "xenforo": XenForo, "discourse": Discourse,
}  # fmt: skip
