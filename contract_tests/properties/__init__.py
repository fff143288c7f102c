"""What holds for any world, filter, walk or garbage, held against oracles that share no code with the fake."""
