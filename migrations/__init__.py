"""Alembic revisions: the one way the schema changes."""
