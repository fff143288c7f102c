"""The worlds that travel with the package, named where nothing may be read or imported for it."""

WORLD_NAMES = ("demo", "small", "empty", "nasty")
