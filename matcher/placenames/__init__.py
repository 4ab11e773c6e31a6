"""Places by sound, time and region; see `METHOD.md`."""
