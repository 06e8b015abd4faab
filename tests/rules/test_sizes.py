"""The sizes that keep the code readable, checked on every run."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

from golden_sessions import ROOT

FILES = [p for room in ("service", "mappings") for p in (ROOT / room).rglob("*.py") if "versions" not in p.parts]
BANNED = {"utils", "helpers", "common", "base", "core", "manager", "handler"}


def functions() -> list[tuple[str, int]]:
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.append((f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1))
    return found


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_files_are_short() -> None:
    assert not [p for p in FILES if lines(p) > 300]
    assert median(lines(p) for p in FILES if lines(p)) <= 100


def test_functions_are_short() -> None:
    assert not [name for name, size in functions() if size > 50]
    assert median(size for _, size in functions()) <= 8


def test_no_module_is_a_drawer_for_everything() -> None:
    assert not [p for p in FILES if p.stem in BANNED or p.parent.name in BANNED]


def test_time_and_randomness_are_passed_in() -> None:
    """mappings and the delivery policy know no clock and no dice."""
    pure = [p for p in FILES if p.is_relative_to(ROOT / "mappings") or p.name in ("policy.py", "planner.py")]
    for path in pure:
        text = path.read_text()
        assert "datetime.now" not in text
        assert "uuid4" not in text
        assert "import random" not in text
