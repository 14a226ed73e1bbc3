"""The verbs, shared by pages, API and CLI. They take a session and `now`; the caller's transaction commits."""
