"""The background loop: claim, permit, place, poll, settle, reap, finish. tick.py is where to begin reading."""
