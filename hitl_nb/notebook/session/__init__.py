"""The live view of one thread."""
