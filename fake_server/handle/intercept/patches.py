"""Attributes that are replaced for a while: of modules that are there, and of those imported meanwhile."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType
from typing import Any, NamedTuple

ABSENT: Any = object()


class Seam(NamedTuple):
    """Where to replace what: the class in its module (empty for the module itself), the attribute, and how the
    replacement is made of the original."""

    owner: str
    name: str
    replacement: Callable[[Any], Any]


class Patch(NamedTuple):
    """One that was made; `before` is ABSENT where the class had it from another."""

    owner: Any
    name: str
    before: Any
    ours: Any

    def undo(self) -> None:
        # Not where somebody has replaced ours: what stands there now is theirs, and ours below it is asleep.
        if vars(self.owner).get(self.name) is not self.ours:
            return
        if self.before is ABSENT:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.before)


class Patches:
    """Also a finder of modules, which imports nothing itself but sees what others import."""

    def __init__(self, seams: Mapping[str, Sequence[Seam]]) -> None:
        self.seams = seams
        self.made: list[Patch] = []
        self.installed = False
        # Reentrant, because a library that is being imported may import the next one.
        self.lock = RLock()

    def install(self) -> None:
        with self.lock:
            self.installed = True
            for name in self.seams:
                self.patch(name, sys.modules.get(name))
            sys.meta_path.insert(0, self)

    def undo(self) -> None:
        with self.lock:
            self.installed = False
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
            while self.made:
                self.made.pop().undo()

    def patch(self, name: str, module: ModuleType | None) -> None:
        with self.lock:
            if module is None or not self.installed:
                return
            for seam in self.seams[name]:
                owner = getattr(module, seam.owner, None) if seam.owner else module
                original = getattr(owner, seam.name, None)
                # A library of another version may lack one of them; the guard of names stands behind it.
                if original is not None:
                    self.replace(owner, seam, original)

    def replace(self, owner: Any, seam: Seam, original: Any) -> None:
        ours = seam.replacement(original)
        self.made.append(Patch(owner, seam.name, vars(owner).get(seam.name, ABSENT), ours))
        setattr(owner, seam.name, ours)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What the other finders find; a module of ours is patched as soon as it is loaded."""
        if name not in self.seams:
            return None
        others = (finder for finder in list(sys.meta_path) if finder is not self and hasattr(finder, "find_spec"))
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next((one for one in found if one is not None), None)
        if spec is not None and spec.loader is not None:
            self.follow(name, spec.loader)
        return spec

    def follow(self, name: str, loader: Any) -> None:
        """Makes the loader patch the module after it has loaded it. The loader stays what it is, because the module
        keeps it and libraries ask it for their data files."""
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            load(module)
            self.patch(name, module)

        loader.exec_module = exec_module
