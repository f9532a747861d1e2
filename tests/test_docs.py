"""What is written about the project is true: dictionary, data package, README, lock, declared dependencies.

`make docs` writes them anew; look at the difference before you keep it.
"""

import ast
import fnmatch
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import frictionless
import pytest

from pipeline.aggregate import RECORDS
from pipeline.dictionary import package, write_dictionary
from pipeline.records import TABLES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONSOLE = re.compile(r"```console\n\$ (.*)\n((?:.*\n)*?)```\n")


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", r)[0].lower().replace("_", "-") for r in requirements}


@pytest.mark.parametrize("name", ["DATA_DICTIONARY.md", "datapackage.json"])
def test_the_committed_dictionary_is_current(name: str, tmp_path: Path) -> None:
    write_dictionary(TABLES | RECORDS, tmp_path)
    assert (ROOT / name).read_text() == (tmp_path / name).read_text(), "run `make docs`"


def test_every_column_has_a_meaning_and_every_table_a_line() -> None:
    for resource in package(TABLES | RECORDS)["resources"]:
        assert resource["description"] and resource["schema"]["primaryKey"]
        assert all(len(f["description"]) > 3 for f in resource["schema"]["fields"])


def test_the_data_package_is_one_to_its_standard() -> None:
    described = package(TABLES | RECORDS)
    assert frictionless.Package.from_descriptor(described).resource_names == list(TABLES | RECORDS)
    del described["resources"][0]["schema"]["fields"][0]["name"]
    with pytest.raises(frictionless.FrictionlessException):
        frictionless.Package.from_descriptor(described).to_descriptor(validate=True)


def test_the_tables_have_the_columns_the_package_says(dataset: Path) -> None:
    import pyarrow.parquet as pq

    for resource in package(TABLES | RECORDS)["resources"]:
        path = dataset / Path(resource["path"]).name
        assert pq.read_schema(path).names == [f["name"] for f in resource["schema"]["fields"]]


def shell(command: str, dataset: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "THREADRX_DATA": str(dataset), "COLUMNS": "120"}
    return subprocess.run(["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_the_readme_shows_what_the_commands_print(dataset: Path) -> None:
    text = README.read_text()
    blocks = [b for b in CONSOLE.finditer(text) if not b[1].startswith("make")]
    assert len(blocks) >= 3
    new = text
    for block in blocks:
        new = new.replace(block[0], f"```console\n$ {block[1]}\n{shell(block[1], dataset)}```\n")
    if os.environ.get("UPDATE_DOCS"):
        README.write_text(new)
        text = new
    assert new == text, "run `make docs` and look at the difference"


def test_the_readme_names_targets_and_commands_that_there_are() -> None:
    docs = "".join(p.read_text() for p in (README, ROOT / "CONTRIBUTING.md", ROOT / "docs/EXPLORER.md"))
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z]+)", docs)) <= targets
    from pipeline.cli import app

    commands = {c.callback.__name__ for c in app.registered_commands if c.callback}
    assert {c for c in re.findall(r"threadrx ([a-z]+)", docs) if c != "in"} <= commands


def test_files_the_documents_name_exist() -> None:
    for doc in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(((?!http)[^)#]+)\)", doc.read_text()):
            assert (doc.parent / target).exists(), f"{doc}: {target}"


def test_locks_pin_every_dependency_and_name_no_host() -> None:
    runtime, dev = ((ROOT / f).read_text() for f in ("requirements.txt", "requirements-dev.txt"))
    for text, wanted in (
        (runtime, PROJECT["project"]["dependencies"]),
        (dev, PROJECT["project"]["optional-dependencies"]["dev"]),
    ):
        assert not re.search(r"://|^-|\s--", text, re.M)
        pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
        assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+( ;.*)?", p) for p in pins)
        assert names(wanted) <= names(pins), "run `make lock`"
    shared = dict(p.split("==") for p in runtime.splitlines() if "==" in p)
    assert shared.items() <= dict(p.split("==") for p in dev.splitlines() if "==" in p).items()


def test_every_import_is_declared() -> None:
    owners = importlib.metadata.packages_distributions()
    declared = names(PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["cluster"])
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            found += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for top in {f.split(".")[0] for f in found} - set(sys.stdlib_module_names) - {"pipeline", ""}:
                assert names(owners.get(top, [top])) & declared, (
                    f"{path.relative_to(ROOT)} imports {top}: declare it in pyproject.toml"
                )


def test_every_data_file_is_packaged() -> None:
    globs = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    for path in (ROOT / "pipeline").rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            folder = next(d for d in path.parents if (d / "__init__.py").exists())
            inside = path.relative_to(folder).as_posix()
            assert any(fnmatch.fnmatch(inside, g.replace("**/", "")) for g in globs), path


def test_modules_fit_in_the_head() -> None:
    long = {
        p.relative_to(ROOT).as_posix(): n
        for p in (ROOT / "pipeline").rglob("*.py")
        if (n := len(p.read_text().splitlines())) > 300
    }
    assert long == {}
