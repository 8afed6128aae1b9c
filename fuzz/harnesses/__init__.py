"""One module for each target: `run` takes any bytes, `KIND` is that of its corpus."""

import pkgutil

NAMES = sorted(module.name for module in pkgutil.iter_modules(__path__))
