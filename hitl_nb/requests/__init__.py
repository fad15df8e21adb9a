"""Typed questions: what is asked, how it may be answered, and what comes of it."""
