"""How many examples a slow test takes: a share of the profile's, so that every test grows with the profile."""

from hypothesis import settings


def share(part: float) -> settings:
    """The profile's settings with that part of its examples, but at least one."""
    return settings(max_examples=max(1, round(settings().max_examples * part)))
