"""Asterisk: calls over its REST interface (ARI).

adapter      what the engine talks to (`base.Provider`)
ari          HTTP: one request each, and what its failure means
connection   the one socket that events come over, in a thread of its own; reconnects
switchroom   the calls that are up: takes events to them and does what they ask for
call         one call's life, pure: what it hears and what follows
actions      what a call may ask for
score        a script as a channel carries it, so that another process can finish the call
causes       from Asterisk's cause to an outcome
resync       what became of the calls while nobody listened
journal      Asterisk's own record of calls (CEL)
sounds       puts audio where Asterisk finds it
"""

from campaign_app.providers.asterisk.adapter import AsteriskProvider

__all__ = ["AsteriskProvider"]
