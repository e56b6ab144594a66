"""The compiler of translations, .ci/locales.py, as a module."""

import importlib.util
import sys
from types import ModuleType

from tests.docs.reading import ROOT


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("locales", ROOT / ".ci/locales.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


locales = _load()
