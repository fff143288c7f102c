"""The tester's hand: routes under /_fake, never touched by what is done to the service."""
