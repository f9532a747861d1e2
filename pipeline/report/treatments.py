"""Pages of treatments and of problems: the aggregates, and beside them what is counted for the pages alone.

What is counted here counts people over the rows that count (`had`), as the aggregates do.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import get_args

from markupsafe import Markup

from pipeline.aggregate._shares import wilson
from pipeline.records import Outcome, Person, ReasonKind, Status
from pipeline.report.html import Pages, count, numbered, problem_page, treatment_page
from pipeline.report.rows import Dataset, Row
from pipeline.report.search import SearchIndex

EVIDENCE_A_PAGE = 200
PARTS = {  # of a treatment's page, in order of the treatment
    "doses": "SELECT * FROM treatment_doses ORDER BY treatment_id, n_people DESC, route, daily_dose_unit",
    "effects": "SELECT * FROM treatment_effects ORDER BY treatment_id, n_affirmed DESC, n_people DESC, problem_name, problem_id",
    "indications": """SELECT * FROM treatment_indications
        ORDER BY treatment_id, n_affirmed DESC, n_people DESC, problem_name, problem_id""",
    "left_for": """SELECT *, from_treatment_id AS treatment_id FROM treatment_switches
        ORDER BY treatment_id, n_people DESC, to_treatment_id""",
    "came_from": """SELECT *, to_treatment_id AS treatment_id FROM treatment_switches
        ORDER BY treatment_id, n_people DESC, from_treatment_id""",
    "years": """SELECT treatment_id, year(posted_at) AS year, count(DISTINCT patient_id) AS n_people,
        count(DISTINCT post_id) AS n_posts FROM had WHERE posted_at IS NOT NULL GROUP BY ALL ORDER BY treatment_id, year""",
    "steps": """SELECT treatment_id, kind, count(DISTINCT patient_id) AS n_people, count(DISTINCT had.post_id) AS n_posts
        FROM events JOIN had USING (experience_id) GROUP BY ALL ORDER BY treatment_id, n_people DESC, kind""",
    "called": """SELECT treatment_id, lower(m.text) AS name, count(DISTINCT patient_id) AS n_people
        FROM had JOIN mentions m USING (mention_id) WHERE resolution = 'explicit' GROUP BY ALL
        ORDER BY treatment_id, n_people DESC, name""",
    "evidence": """SELECT treatment_id, html FROM evidence
        WHERE NOT own OR experience_id IN (SELECT experience_id FROM had)
        ORDER BY treatment_id, own DESC, score DESC, experience_id""",
}
PROBLEMS = """SELECT problem_id, min(problem_name) AS problem_name,
        count(DISTINCT patient_id) FILTER (relation = 'treats') AS n_treats,
        count(DISTINCT patient_id) FILTER (relation = 'causes') AS n_causes,
        count(DISTINCT patient_id) FILTER (relation = 'withdrawal') AS n_withdrawal, count(DISTINCT post_id) AS n_posts
    FROM (SELECT concept_id AS problem_id, coalesce(concept_name, concept_id) AS problem_name, relation, patient_id, e.post_id
          FROM counted e JOIN had USING (experience_id) WHERE concept_id IS NOT NULL AND polarity = 'affirmed')
    GROUP BY problem_id ORDER BY problem_id"""


def treatments(dataset: Dataset) -> list[Row]:
    """Every treatment, the most told of first."""
    return list(dataset.rows("SELECT * FROM treatments ORDER BY n_people DESC, treatment_name, treatment_id"))


def write_treatments(
    dataset: Dataset, pages: Pages, index: SearchIndex, told: list[Row], progress: Callable[[int, int], None]
) -> None:
    """The list of treatments and a page each; a long one's evidence goes on on further pages."""
    pages.write("treatments.html", "treatments.html", treatments=told)
    streams = {name: dataset.by("treatment_id", sql) for name, sql in PARTS.items()}
    problems = {r["problem_id"] for r in dataset.rows(PROBLEMS)}
    treated = {t["treatment_id"] for t in told}
    filters = {"status": get_args(Status), "person": get_args(Person), "outcome": get_args(Outcome)}
    for n, row in enumerate(sorted(told, key=lambda t: t["treatment_id"]), 1):
        parts = {name: stream.take(row["treatment_id"]) for name, stream in streams.items()}
        names = [c["name"] for c in parts["called"]]
        page = treatment_page(row["treatment_id"])
        note = f"{row['treatment_type'].replace('_', ' ')} · {people(row)}"
        index.add(0, row["treatment_name"], note, page, row["n_people"], names)
        parts["years"] = list(years(parts["years"]))
        shares(parts["effects"], row, dataset.floor)
        stopped = sorted(
            ((r, row[f"n_stop_{r}"]) for r in get_args(ReasonKind) if row[f"n_stop_{r}"]), key=lambda s: -s[1]
        )
        evidence = [Markup(e["html"]) for e in parts.pop("evidence")]  # rendered, and escaped, by our own template
        of = [numbered(page, k + 1) for k in range(max(1, -(-len(evidence) // EVIDENCE_A_PAGE)))]
        for k, part in enumerate(of):
            here = evidence[k * EVIDENCE_A_PAGE : (k + 1) * EVIDENCE_A_PAGE]
            pages.write(part, "treatment.html", t=row, **parts, evidence=here, n_evidence=len(evidence), parts=of, part=k + 1,
                        problems=problems, treated=treated, filters=filters, reasons=get_args(ReasonKind),
                        stopped=stopped, first_row=k * EVIDENCE_A_PAGE + 1,
                        filter_problems=spoken_of(parts, problems))  # fmt: skip
        progress(n, len(told))


def spoken_of(parts: dict[str, list[Row]], problems: set[str]) -> list[tuple[str, str]]:
    """Id and name of the problems evidence can be filtered by, in the order of the alphabet."""
    named = {r["problem_id"]: r["problem_name"] for part in ("effects", "indications") for r in parts[part]}
    return sorted(((k, name) for k, name in named.items() if k in problems), key=lambda p: (p[1].lower(), p[0]))


def shares(effects: list[Row], treatment: Row, floor: int) -> None:
    """Give effects their `share` of all who had the treatment with its interval, null below the floor the build was given."""
    for f in effects:
        k, n = f["n_affirmed"], treatment["n_people"]
        f["share"], (f["share_low"], f["share_high"]) = (k / n, wilson(k, n)) if n >= floor else (None, (None, None))


def people(row: Row) -> str:
    """`12 people`."""
    return count(row["n_people"], "person", "people")


def write_problems(dataset: Dataset, pages: Pages, index: SearchIndex, told: list[Row]) -> None:
    """The list of problems and a page each: what people take for it, and what they say brings it."""
    rows = list(dataset.rows(PROBLEMS))
    treated = {t["treatment_id"]: t for t in told}
    listed = sorted(rows, key=lambda r: (-max(r["n_treats"], r["n_causes"]), r["problem_name"], r["problem_id"]))
    pages.write("problems.html", "problems.html", problems=listed)
    order = "ORDER BY problem_id, n_affirmed DESC, n_people DESC, treatment_name, treatment_id"
    indications = dataset.by("problem_id", f"SELECT * FROM treatment_indications WHERE n_affirmed > 0 {order}")
    effects = dataset.by("problem_id", f"SELECT * FROM treatment_effects WHERE n_affirmed > 0 {order}")
    for row in rows:
        key = row["problem_id"]
        page = problem_page(key)
        note = f"problem · taken for by {row['n_treats']:,}, brought to {row['n_causes'] + row['n_withdrawal']:,}"
        index.add(1, row["problem_name"], note, page, row["n_treats"] + row["n_causes"])
        brought = effects.take(key)
        for f in brought:
            shares([f], treated[f["treatment_id"]], dataset.floor)
        pages.write(page, "problem.html", p=row, indications=indications.take(key), effects=brought, treated=treated)


def years(rows: list[Row]) -> Iterator[Row]:
    """Rows of years with the years between them that have nobody."""
    for a, b in itertools.zip_longest(rows, rows[1:]):
        yield a
        if b:
            yield from ({"year": y, "n_people": 0, "n_posts": 0} for y in range(a["year"] + 1, b["year"]))


def write_overview(dataset: Dataset, pages: Pages, told: list[Row]) -> None:
    """The first page, and the one on how to read the others."""
    numbers = dataset.one("""SELECT (SELECT count(*) FROM threads) AS n_threads, (SELECT count(*) FROM posts) AS n_posts,
        (SELECT count(*) FROM rejects) AS n_rejects, count(*) AS n_had, count(DISTINCT patient_id) AS n_people,
        count(DISTINCT patient_id) FILTER (author_id IS NULL) AS n_unknown,
        min(posted_at) AS first, max(posted_at) AS last FROM had""")
    by_year = list(
        dataset.rows("""SELECT year(posted_at) AS year, count(DISTINCT patient_id) AS n_people,
        count(DISTINCT post_id) AS n_posts FROM had WHERE posted_at IS NOT NULL GROUP BY ALL ORDER BY year""")
    )
    problems = list(dataset.rows(PROBLEMS))
    top = {
        kind: sorted((p for p in problems if p[kind]), key=lambda p: (-p[kind], p["problem_name"]))[:12]
        for kind in ("n_treats", "n_causes")
    }
    sources = list(dataset.rows("SELECT DISTINCT source_id FROM threads ORDER BY source_id"))
    pages.write("index.html", "index.html", told=told[:20], numbers=numbers, n_treatments=len(told), years=list(years(by_year)),
                top=top, sources=sources)  # fmt: skip
    pages.write("about.html", "about.html", numbers=numbers)
