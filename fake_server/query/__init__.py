"""The filter language: one tree, three spellings."""
