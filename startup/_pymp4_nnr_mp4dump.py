"""Makes pymp4's command `mp4dump` show NNR tracks and skip media data: a post-import hook.

The file beside this one, `pymp4_nnr_mp4dump.pth`, has Python import this module at start-up. It
only leaves word to be asked about one module, `pymp4.cli`, which is the command and which no
library imports. When that is imported, its function `dump` is replaced by that of
`pymp4_nnr.cli.mp4dump`. Nothing else of pymp4 is touched, and nothing else is imported before.

Set PYMP4_NNR_MP4DUMP=0 in the environment to keep pymp4's own `dump`.
"""

import sys


class _Loader:
    """The loader of `pymp4.cli`, with a change to the module once it is loaded."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        module.dump = _dump


class _Finder:
    """Finds nothing itself: it asks the other finders, for this one module."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "pymp4.cli":
            return None
        import os

        if os.environ.get("PYMP4_NNR_MP4DUMP") == "0":
            return None
        for finder in sys.meta_path:
            find_spec = getattr(finder, "find_spec", None)
            if finder is _Finder or find_spec is None:
                continue
            spec = find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


def _dump():
    """Dump all the boxes from an MP4 file."""
    from pymp4_nnr.cli.mp4dump import dump

    return dump()


if _Finder not in sys.meta_path:
    sys.meta_path.insert(0, _Finder)
