"""The tester's hand: worlds, records, clock, faults, journal, coverage, explanations."""
