"""The alerts of docs/operator.md, judged by what a process counts."""

import operator
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

GUIDE = Path(__file__).parents[1] / "docs" / "operator.md"
_COMPARED = re.compile(r"(\w+)(?:\{(\w+)=\"([^\"]*)\"\})? (==|>|<) ([\d.]+)")
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


def rules() -> dict[str, str]:
    """Return each alert's expression by its name."""
    block = re.search(r"```yaml\n(groups:.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    (group,) = yaml.safe_load(block[1])["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def ringing(scraped: str) -> set[str]:
    """Return the alerts that this answer of `/metrics` would set off, if it stayed so.

    Expressions about how a counter grows need two answers: they are left out.
    """
    return {name for name, wanted in rules().items() if _holds(wanted, scraped)}


def _holds(expression: str, scraped: str) -> bool:
    for one in expression.split(" or "):
        compared = _COMPARED.fullmatch(one)
        if compared is None:
            continue
        name, label, value, sign, limit = compared.groups()
        for sample in _samples(name, scraped):
            fits = label is None or re.fullmatch(value, sample.labels.get(label, ""))
            if fits and _OPERATORS[sign](sample.value, float(limit)):
                return True
    return False


def _samples(name: str, scraped: str) -> list:  # type: ignore[type-arg]  # prometheus_client's own
    families = text_string_to_metric_families(scraped)
    return [one for family in families for one in family.samples if one.name == name]
