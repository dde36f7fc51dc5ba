"""Rules of the house that import-linter cannot say."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted([*(ROOT / "fastpipe").rglob("*.py"), *(ROOT / "kernels" / "fastpipe_kernels").rglob("*.py")])
KERNELS = ROOT / "kernels"
FILE_LINES = 300
FUNCTION_LINES = 40
KERNEL_LINES = 60
ARGUMENTS = 7
HEAVY = ("matplotlib", "dask", "scipy.signal", "scipy.stats")
FORBIDDEN_NAMES = {"utils", "helpers", "misc", "common", "core"}

# Functions that may have more arguments than others, and why.
MANY_ARGUMENTS = {
    ("cli", "command"): "click passes every option by its name",
    ("fastpipe_kernels", "butterfly4"): "four complex numbers, pasted into its callers so that they stay in registers",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def body_lines(function: ast.FunctionDef) -> int:
    """Lines from ``def`` to the end, less the docstring."""
    total = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        total -= (first.end_lineno or 0) - first.lineno + 1
    return total


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= FILE_LINES
    longest = KERNEL_LINES if path.is_relative_to(KERNELS) else FUNCTION_LINES
    long = [function.name for function in functions(ast.parse(text)) if body_lines(function) > longest]
    assert not long, f"functions of more than {longest} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_have_few_arguments(path: Path) -> None:
    crowded = []
    for function in functions(ast.parse(path.read_text())):
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        count = len([name for name in names if name not in ("self", "cls")])
        if count > ARGUMENTS and (path.parent.name, function.name) not in MANY_ARGUMENTS:
            crowded.append(f"{function.name}: {count}")
    assert not crowded, f"functions of more than {ARGUMENTS} arguments"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_errors_are_never_swallowed(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
            assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"except: pass in line {node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not any(name.startswith(HEAVY) for name in names), f"line {node.lineno} slows every start down"


def test_numba_options_are_chosen_in_one_place() -> None:
    users = [
        name_of(path)
        for path in MODULES
        if any(word in path.read_text() for word in ("numba.njit", "numba.jit", "import njit"))
    ]
    assert users == ["kernels/fastpipe_kernels/_jit.py"]


def test_names_say_what_is_inside() -> None:
    assert not [name_of(path) for path in MODULES if path.stem in FORBIDDEN_NAMES]


def test_dispersion_constant_has_one_value() -> None:
    spellings = ("2.41e-4", "4148.8", "4149.", "4.15e3")
    users = {name_of(path) for path in MODULES if any(spelling in path.read_text() for spelling in spellings)}
    assert users == {"fastpipe/constants.py"}
