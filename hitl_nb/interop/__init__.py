"""Programs and payloads of other frameworks that run here unchanged."""
