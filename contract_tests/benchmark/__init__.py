"""How fast it is: commands that print tables, each figure beside its floor in the same run."""
