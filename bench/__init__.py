"""What the engine costs beside the same row changes written by hand. `python -m bench`, or `make bench`."""
