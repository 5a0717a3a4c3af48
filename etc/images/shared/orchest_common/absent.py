"""Leaves modules out that a program imports and never uses."""

import sys
import types


def absent(name, **names):
    """Puts an empty module, with these names in it, in the place of one that is never used."""
    module = types.ModuleType(name)
    module.__dict__.update(names, __path__=[])
    sys.modules[name] = module
