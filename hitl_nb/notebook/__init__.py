"""What runs inside a notebook: a session, an inbox, and the widget and cells they share."""
