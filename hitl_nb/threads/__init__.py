"""What can be done to a stored thread: run it on, answer, edit, look back."""
