"""The vocabulary of declarations: what a section of the service says about itself."""
