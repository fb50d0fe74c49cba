"""Tests: behaviour through public doors, mirrored by folder."""
