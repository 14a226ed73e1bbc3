"""Engine: the background loop of claim, permit, place, poll, settle, reap and finish. Begin reading at tick.py."""
