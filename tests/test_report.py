"""The explorer: what posts say comes out as words, links lead somewhere, and a browser finds its way from a search to them."""

import shutil
import time
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import lxml.html
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from pipeline.aggregate import RECORDS
from pipeline.records import TABLES
from pipeline.report import html, threads, treatments, write_report
from pipeline.report.html import file_name, web_link
from pipeline.report.marks import Mark, pieces
from tests.test_cli import threadrx

HOSTILE = (
    """"'></mark></p></title><script>hit = 1</script><img src=x onerror="hit = 1"><svg onload=hit=1><style>* { display: none }</style>"""
    """<a href="javascript:hit=1" style="position: fixed">soft</a>&lt;b&gt; {{ 7 * 7 }} </script>"""
)
TURNED = " \u202egnikat \u2066"  # marks that turn the direction of what follows
SAID = {"text", "title", "board", "signature", "person_detail", "dose_text", "duration_text", "outcome_text",
        "reason_text"}  # fmt: skip
ISOLATED = "ancestor-or-self::*[self::bdi or self::blockquote or @dir or self::title or self::option or self::code]"


@pytest.fixture(scope="session")
def site(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The explorer of the example."""
    folder = tmp_path_factory.mktemp("explorer") / "site"
    assert write_report(dataset, folder) == len(list(folder.rglob("*.html"))) > 100
    return folder


@pytest.fixture(scope="session")
def hostile(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with hostile words in every column that holds words (marks of direction where they are a post's), and all of
    a post as its evidence."""
    tables = tmp_path_factory.mktemp("hostile")
    words = HOSTILE.replace("'", "''")
    for name, record in (TABLES | RECORDS).items():
        hints = typing.get_type_hints(record)
        words_in = () if name == "provenance" else hints.items()  # that one is the build's own, and is read as numbers
        free = [c for c, t in words_in if t in (str, str | None) and not c.endswith("_id") and c != "language"]
        new = [f"{c} || '{words}{TURNED if c in SAID else ''}' AS {c}" for c in free if c != "url"]
        new += ["'javascript:hit=1//' || url AS url"] if "url" in free else []
        new += ["1000000 AS evidence_end"] if name == "experiences" else []
        replace = f"REPLACE ({', '.join(new)})" if new else ""
        path = dataset / f"{name}.parquet"
        files = path / "*.parquet" if path.is_dir() else path
        duckdb.sql(f"COPY (SELECT * {replace} FROM '{files}') TO '{tables / path.name}'")
    write_report(tables, tables / "site")
    return tables / "site"


def documents(site: Path) -> Iterator[tuple[Path, Any]]:
    for path in sorted(site.rglob("*.html")):
        yield path, lxml.html.document_fromstring(path.read_text(encoding="utf-8"))


def markup(site: Path) -> set[tuple[str, ...]]:
    return {(e.tag, *e.attrib) for _, page in documents(site) for e in page.iter()}


# --- what posts say is words -----------------------------------------------------------------------------------------


def test_hostile_words_add_no_element_and_no_attribute(site: Path, hostile: Path) -> None:
    assert markup(hostile) <= markup(site)
    assert not {tag for tag, *_ in markup(hostile)} & {"img", "style", "iframe", "object"}


def test_hostile_words_are_shown_as_they_are(hostile: Path) -> None:
    for path, page in documents(hostile):
        if path.parent.name in ("treatments", "threads"):
            assert HOSTILE in page.text_content(), path


def test_nothing_runs_but_our_script_and_nothing_leads_to_a_script(hostile: Path) -> None:
    for path, page in documents(hostile):
        assert [s.get("src").replace("../", "") for s in page.iter("script")] == ["assets/explore.js"], path
        assert not [s for s in page.iter("script") if s.text], path
        assert not [a for a in page.xpath("//@href | //@src") if ":" in a.split("/")[0]], path


def test_every_page_forbids_what_is_not_ours(site: Path) -> None:
    for path, page in documents(site):
        (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy, path


def test_marks_of_direction_stay_among_the_words_they_came_with(hostile: Path) -> None:
    for path, page in documents(hostile):
        for element in page.body.iter():
            for text, where in ((element.text, element), (element.tail, element.getparent())):
                if text and "\u202e" in text:
                    assert where.xpath(ISOLATED), f"{path}: {where.tag} {text[:40]!r}"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://boards.example/t1", True),
        ("http://boards.example/t1", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("http:", False),
        ("https://[broken", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, link: bool) -> None:
    assert web_link(url) == (url if link else None)


@pytest.mark.parametrize("id", ["../../x", "a/b", "C:\\x", "", ".", "con:1", "é\u202e", "a b"])
def test_an_id_is_a_file_name_and_no_path(id: str) -> None:
    assert set(file_name(id)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
    assert file_name(id).count(".") == 1 and file_name(id) != file_name(id + "-")


def test_marks_cut_a_text_without_losing_a_letter() -> None:
    marks = [Mark(0, 6, "treatment", "a"), Mark(2, 4, "problem", "b", frozenset("x")), Mark(5, 9, "quantity", "c")]
    cut = pieces("0123456789", marks, 1, 8)
    assert [(p.words, p.kind, p.tells, p.rows) for p in cut] == [
        ("1", "treatment", "a", ""),
        ("23", "treatment", "a; b", "x"),
        ("4", "treatment", "a", ""),
        ("5", "treatment", "a; c", ""),
        ("67", "quantity", "c", ""),
    ]


# --- the site as a whole ---------------------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def check_links(site: Path) -> None:
    """Every link of every page leads to a file of the site, and to an element of it where it names one."""
    ids = {path: set(page.xpath("//@id")) for path, page in documents(site)}
    for path, page in documents(site):
        assert len(page.xpath("//@id")) == len(ids[path]), f"{path}: an id twice"
        for link in page.xpath("//a/@href | //link/@href | //script/@src"):
            if not link.startswith("http"):
                file, _, place = link.partition("#")
                target = (path.parent / file).resolve() if file else path
                assert target.is_file(), f"{path}: {link}"
                assert not place or place in ids[target], f"{path}: {link}"


def test_every_link_leads_somewhere(site: Path) -> None:
    check_links(site)


def test_the_same_tables_give_the_same_bytes(dataset: Path, site: Path, tmp_path: Path) -> None:
    write_report(dataset, tmp_path / "elsewhere")
    assert files(tmp_path / "elsewhere") == files(site)


def test_long_threads_lists_and_evidence_go_on_on_further_pages(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "POSTS_A_PAGE", 4)
    monkeypatch.setattr(threads, "THREADS_A_PAGE", 3)
    monkeypatch.setattr(treatments, "EVIDENCE_A_PAGE", 2)
    write_report(dataset, tmp_path / "site")
    check_links(tmp_path / "site")
    read = duckdb.connect()
    for table, folder, each, at in (
        ("posts", "threads", "//article", 4),
        ("threads", ".", "//tbody[@id='list']/tr", 3),
        ("experiences", "treatments", "//li[@class='evidence']", 2),
    ):
        pattern = "threads*.html" if folder == "." else "*.html"
        shown = [len(lxml.html.parse(p).xpath(each)) for p in (tmp_path / "site" / folder).glob(pattern)]
        path = dataset / f"{table}.parquet"
        where = "WHERE treatment_id IN (SELECT treatment_id FROM t)" if table == "experiences" else ""
        read.execute(f"CREATE OR REPLACE VIEW t AS SELECT * FROM '{dataset / 'treatments.parquet'}'")
        source = path / "*.parquet" if path.is_dir() else path
        (n,) = read.execute(f"SELECT count(*) FROM '{source}' {where}").fetchone() or (0,)
        assert max(shown) == at and sum(shown) == n, table


def test_a_folder_that_is_no_report_is_left_alone(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>My own pages</h1>")
    refused = threadrx("report", "--out", dataset, "--site", tmp_path)
    assert refused.returncode == 2 and b"--site" in refused.stderr
    assert files(tmp_path) == {"index.html": b"<h1>My own pages</h1>"}
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError, match="name another folder"):
        write_report(dataset, tmp_path / "file")


def test_an_earlier_report_is_replaced_when_the_new_one_is_whole(dataset: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    write_report(dataset, site)
    before = files(site)
    (site / "threads/gone.html").write_text("")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(dataset, site, killed)
    assert "threads/gone.html" in files(site)
    write_report(dataset, site)
    assert files(site) == before and [p.name for p in tmp_path.iterdir()] == ["site"]


def test_missing_tables_are_named(tmp_path: Path) -> None:
    missing = threadrx("report", "--out", tmp_path, "--site", tmp_path / "site")
    assert missing.returncode == 2 and b"make dataset" in missing.stderr
    assert not list(tmp_path.iterdir())


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip(
            "NOT TESTED IN A BROWSER: chromium and chromedriver are not installed (apt-get install chromium-driver)"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-background-networking",
                 "disable-sync", "no-first-run"):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


def wait(browser: webdriver.Chrome, css: str) -> WebElement:
    """The first element that is seen."""
    return WebDriverWait(browser, 30).until(
        lambda b: next((e for e in b.find_elements(By.CSS_SELECTOR, css) if e.is_displayed()), None)
    )


def seen(browser: webdriver.Chrome, css: str) -> list[WebElement]:
    return [e for e in browser.find_elements(By.CSS_SELECTOR, css) if e.is_displayed()]


def search(browser: webdriver.Chrome, words: str) -> None:
    field = wait(browser, "#find")
    field.clear()
    field.send_keys(words)


def test_from_a_search_to_the_marked_words(site: Path, browser: webdriver.Chrome) -> None:
    browser.get((site / "index.html").as_uri())
    search(browser, "tegretol")  # the word people use; the page bears the ingredient's name
    assert wait(browser, "#found a bdi").text == "carbamazepine"
    browser.find_element(By.ID, "find").send_keys(Keys.ENTER)
    WebDriverWait(browser, 30).until(lambda b: b.title.startswith("carbamazepine"))
    evidence = seen(browser, ".evidence")
    marked = evidence[0].find_element(By.CSS_SELECTOR, "mark.treatment").text
    assert marked.lower() == "tegretol"
    row = evidence[0].find_element(By.CSS_SELECTOR, ".source a")
    key = (row.get_attribute("href") or "").partition("#")[2]
    row.click()
    opened = wait(browser, f"details[id='{key}'][open] .why")
    assert "Decided by" in opened.text
    assert marked in [m.text for m in seen(browser, f"mark.of[data-rows~='{key}']")]
    assert not [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]


def test_filters_hide_and_heads_sort(site: Path, browser: webdriver.Chrome) -> None:
    browser.get((site / "treatments.html").as_uri())
    everything = len(seen(browser, "#list tr"))
    wait(browser, ".filter select[name=kind]").send_keys("device")
    kinds = {r.find_element(By.CSS_SELECTOR, "td").text for r in seen(browser, "#list tr")}
    assert kinds == {"device"}
    assert wait(browser, ".filter [role=status]").text == f"{len(seen(browser, '#list tr'))} of {everything} shown"
    browser.get((site / "treatments.html").as_uri())
    head = wait(browser, "thead th:first-child button")
    orders = []
    for _ in range(2):
        head.click()
        orders.append([e.text.lower() for e in seen(browser, "#list th")])
    assert orders[0] != orders[1] == orders[0][::-1] and orders[0][0] < orders[0][-1]
    wait(browser, "thead th.n button").click()
    people = [int(r.find_element(By.CSS_SELECTOR, "td.n").text) for r in seen(browser, "#list tr")]
    assert people == sorted(people, reverse=True) and people[0] > people[-1]


def test_no_page_is_wider_than_a_phone(site: Path, browser: webdriver.Chrome) -> None:
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        pages = sorted(site.glob("*.html"))
        for folder in ("treatments", "problems", "threads"):
            pages += sorted((site / folder).glob("*.html"), key=lambda p: p.stat().st_size)[-8:]
        for page in pages:
            browser.get(page.as_uri())
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390, page
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_hostile_words_do_nothing_in_a_browser(hostile: Path, browser: webdriver.Chrome) -> None:
    pages = [hostile / "index.html", *(sorted((hostile / f).glob("*.html"))[0] for f in ("threads", "treatments"))]
    for page in pages:
        browser.get(page.as_uri())
        search(browser, "onerror")
        assert "<img src=x onerror" in wait(browser, "#found a").text
        for row in browser.find_elements(By.CSS_SELECTOR, "details"):
            browser.execute_script("arguments[0].open = true", row)
        time.sleep(0.1)
        assert browser.execute_script("return typeof hit") == "undefined"
        assert not seen(browser, "img, #found script, #found style")


def test_the_site_counts_what_the_build_was_told_to_count(tmp_path: Path) -> None:
    from pipeline.aggregate import Settings
    from pipeline.report.rows import Dataset
    from pipeline.run.build import build

    raw = Path(__file__).parent.parent / "data/raw"
    for n, settings in enumerate((Settings(), Settings(only_first_hand=True, only_explicit=True, min_score=0.6))):
        build(raw, tmp_path / "out", settings=settings)
        dataset = Dataset(tmp_path / "out", tmp_path / f"{n}.duckdb")
        mine = dataset.rows("SELECT treatment_id, count(DISTINCT patient_id) AS n FROM had GROUP BY ALL")
        aggregates = dataset.rows("SELECT treatment_id, n_people AS n FROM treatments WHERE n_people > 0")
        assert {r["treatment_id"]: r["n"] for r in mine} == {r["treatment_id"]: r["n"] for r in aggregates}
        assert dataset.one("SELECT count(*) AS n FROM had")["n"] > 100
