"""The live view of all waiting questions of a saver."""
