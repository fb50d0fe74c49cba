"""What the installation does by itself: asked for, queued in PostgreSQL, done by a worker."""
