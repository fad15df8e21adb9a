"""What this package tests itself with, for those who extend it."""
