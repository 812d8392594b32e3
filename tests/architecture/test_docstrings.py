"""A docstring's first words name its subject: no question word stands there as a clause."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "bridge", "federation", "config")
QUESTION = re.compile(r"(?:What(?:ever)?|Who(?:m|se|ever)?|Where(?:ver)?)\b")
"""Say "The facts of …", "The guest who …", "The folder of …"."""
YES_OR_NO = re.compile(r"Whether\b")
"""Good English for a value that is true or false; a function "tells whether"."""
RETURNED = re.compile(r"(?:Return|Yield|Give|Show|Say|Note) (?:what|whom?|whose)\b")


def texts(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Give each docstring with its line, and whether it belongs to a truth value."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        before: ast.stmt | None = None
        for number, statement in enumerate(body):
            match statement:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield statement.lineno, text.lstrip(), _is_truth(node if not number else before)
            before = statement


def _is_truth(owner: ast.AST | None) -> bool:
    match owner:
        case ast.FunctionDef(decorator_list=[*decorators], returns=ast.Name(id="bool")):
            return any(ast.unparse(one).endswith("property") for one in decorators)
        case ast.AnnAssign(annotation=annotation):
            return ast.unparse(annotation) in {"bool", "bool | None"}
        case ast.Assign():
            return True
    return False


def _is_foreign(text: str, *, truth: bool) -> bool:
    """Tell whether a docstring's first words are a free clause."""
    if QUESTION.match(text) or RETURNED.match(text):
        return True
    return YES_OR_NO.match(text) is not None and not truth


def test_docstrings_name_their_subject() -> None:
    count, found = 0, []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for line, text, truth in texts(ast.parse(path.read_text("utf-8"))):
                count += 1
                if _is_foreign(text, truth=truth):
                    first, *_ = text.splitlines()
                    found.append(f"{path.relative_to(ROOT)}:{line}: {first}")
    assert count > 2000
    assert found == []
