"""What session and inbox share: the widget, its cells, its messages."""
