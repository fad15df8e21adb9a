"""The examples in docstrings do what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import hitl_nb


def modules_with_examples() -> list[ModuleType]:
    names = [item.name for item in pkgutil.walk_packages(hitl_nb.__path__, "hitl_nb.")]
    modules = [importlib.import_module(name) for name in names if "notebook.view" not in name]
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [module for module in modules if any(test.examples for test in finder.find(module))]


@pytest.mark.parametrize("module", modules_with_examples(), ids=lambda module: module.__name__)
def test_the_examples_of_a_module_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)

    assert tried > 0
    assert failed == 0
