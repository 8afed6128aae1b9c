"""Makes pymp4's command `mp4dump` show NNR tracks and skip media data: a post-import hook.

The file `pymp4_nnr_mp4dump.pth` makes Python import this module at start-up. The module only adds
a finder to `sys.meta_path`, which acts on one module, `pymp4.cli`: the command, which no library
imports. When `pymp4.cli` is imported, its function `dump` is replaced by the one of
`pymp4_nnr.cli.mp4dump`. Nothing else of pymp4 is changed, and nothing else is imported.

Set PYMP4_NNR_MP4DUMP=0 in the environment to keep pymp4's own `dump`.
"""

import sys


class _Loader:
    """The loader of `pymp4.cli`; replaces `dump` once the module is loaded."""

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
    """Finds one module, by asking the other finders, and changes its loader."""

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
