"""The record of human decisions, as rows."""
