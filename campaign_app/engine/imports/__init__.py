"""Import worker: checks uploaded files and adds what was confirmed. worker.py is where to begin reading."""
