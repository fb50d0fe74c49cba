"""Figures: as values for the pages, and as vector drawings for the documents."""
