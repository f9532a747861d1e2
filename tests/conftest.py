"""Archives for tests: invented vBulletin archive pages, written where a test wants them."""

import html
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = 'name = "Test board"\norigin = "invented"\nterms = "CC0-1.0"\ntime_zone = "America/Chicago"\ndate_order = "mdy"\ndemo_key = "test key"\n'
Posts = list[tuple[str, str]]


def archive_page(title: str, posts: Posts, number: int = 1, first: int = 0) -> str:
    """A vBulletin archive page of (name, text) posts, one a minute apart."""
    body = "".join(
        f'<div class="post"><div class="posttop"><div class="username">{html.escape(name)}</div>'
        f'<div class="date">07-04-2013, 10:{first + n:02} AM</div></div>'
        f'<div class="posttext">{html.escape(text)}</div></div><hr />\n'
        for n, (name, text) in enumerate(posts)
    )
    return (
        f'<html><head><title>{title} [Archive]  - Test board</title></head><body><div class="pagebody">\n'
        f'<div id="navbar"><a href="https://test.example/archive/index.php">Test board</a> &gt; {title}</div><hr />'
        f'<div class="pda"><a href="https://test.example/archive/index.php/t-{number}.html?pda=1" rel="nofollow">PDA</a></div>'
        f'<p class="largefont">View Full Version : <a href="https://test.example/showthread.php?t={number}">{title}</a></p>'
        f"<hr />\n{body}</div></body></html>"
    )


def texts(n: int) -> Posts:
    """The posts of invented thread number n: two people, one on baclofen or gabapentin."""
    drug = ("baclofen", "gabapentin", "lyrica")[n % 3]
    return [
        (
            f"kettlewell{n}",
            f"Has anybody in this part of the world tried {drug} for the spasms? My doctor wants me to.",
        ),
        (f"harrow{n}", f"I take {10 * n + 10} mg of {drug} and it has been a great help to me, but it makes me tired."),
    ]


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example archive, built once for all tests that only read it."""
    from pipeline.run.build import build

    out = tmp_path_factory.mktemp("example") / "processed"
    report = build(Path(__file__).parent.parent / "data/raw", out)
    assert sorted(report.reasons) == ["duplicate", "not_a_thread"], report.left_out  # what is meant to be left out
    return out


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """`archive(n)` writes a data/raw with a source of n threads and returns its path."""

    def write(n: int = 3, name: str = "board") -> Path:
        folder = tmp_path / "raw" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "source.toml").write_text(SOURCE)
        for k in range(1, n + 1):
            (folder / f"t-{k}.html").write_text(archive_page(f"Spasms {k}", texts(k), k))
        return folder.parent

    return write
