"""What runs inside a notebook: the session and its view."""
