"""Tests of the verification itself: options, guard, report, and that a wrong server is found out."""
