"""Journeys: what people do here, in a real browser or with the whole program."""
