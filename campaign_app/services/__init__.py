"""Services: the verbs that pages, API and CLI share. They take a session and `now`; the caller's transaction
commits.
"""
