"""The tester's hand in Python: one handle for a world, wherever its server runs; all it knows is HTTP."""
