"""Language of the code: names say what they do, and a module says first what it is about.

Names of one word read well only beside their module's name, which an import or a call hides. So most functions are
a verb with its object, and most classes a noun of two words. CONTRIBUTING.md has the rule, docs/glossary.md the words.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

Modules = list[tuple[Path, list[ast.AST]]]
"""Each module's nodes, beginning with the module itself."""
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "campaign_app"
MOST_ONE_WORD_FUNCTIONS = 0.40
MOST_ONE_WORD_CLASSES = 0.35
LONGEST_FUNCTION = 75
"""Lines."""
RIDDLES = frozenset(
    """
    a an and any as by everything every finding for from handing here how in is it making no nothing of on one putting
    running that the these this those to what whatever when where whether which who whoever why with
    """.split()  # noqa: SIM905 - words read better as words
)
"""Words that begin a sentence about a subject without naming it."""


pytestmark = pytest.mark.xdist_group("language")
"""All in one process, which reads the modules once."""


@pytest.fixture(scope="module")
def modules() -> Modules:
    """The product's modules but for the migrations, read once for all tests here."""
    return [
        (path, list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "versions" not in path.parts
    ]


def is_one_word(name: str) -> bool:
    bare = name.strip("_")
    words = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])", bare) if bare[:1].isupper() else bare.split("_")
    return len(words) <= 1


def one_word_share(modules: Modules, kinds: tuple[type[ast.AST], ...]) -> tuple[float, list[str]]:
    """The share of definitions with a name of one word, and those names."""
    names = [
        (node.name, path)
        for path, nodes in modules
        for node in nodes
        if isinstance(node, kinds)
        and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("__")
    ]
    short = [f"{path.relative_to(ROOT)}: {name}" for name, path in names if is_one_word(name)]
    return len(short) / len(names), short


def test_most_functions_are_a_verb_and_its_object(modules: Modules) -> None:
    share, short = one_word_share(modules, (ast.FunctionDef, ast.AsyncFunctionDef))
    assert share <= MOST_ONE_WORD_FUNCTIONS, short


def test_most_classes_are_more_than_one_word(modules: Modules) -> None:
    share, short = one_word_share(modules, (ast.ClassDef,))
    assert share <= MOST_ONE_WORD_CLASSES, short


def test_no_function_is_too_long_to_be_read_at_once(modules: Modules) -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name} has {lines} lines"
        for path, nodes in modules
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long


def test_a_module_says_first_what_it_is_about(modules: Modules) -> None:
    wrong = []
    for path, (tree, *_) in modules:
        assert isinstance(tree, ast.Module)
        docstring = ast.get_docstring(tree)
        if path.name == "__init__.py" and docstring is None and not tree.body:
            continue
        first = re.match(r"[`\w'’]+", docstring or "")
        if first is None or first[0].casefold() in RIDDLES:
            wrong.append(f"{path.relative_to(ROOT)}: {(docstring or 'no docstring')[:60]}")
    assert not wrong


def test_a_module_is_imported_under_a_name_that_finds_it(modules: Modules) -> None:
    """`rows_of` was the alias of ten different modules."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, nodes in modules
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(name.asname in ("rows_of", "kept", "acts", "scores") for name in node.names)
    ]
    assert not wrong


def test_the_measure_counts_words_as_people_do() -> None:
    assert is_one_word("take")
    assert is_one_word("_take")
    assert is_one_word("Row")
    assert not is_one_word("claim_due_contacts")
    assert not is_one_word("CallUpdate")
    assert not is_one_word("_CallUpdate")
