"""The shell: settings, database, security, audit, pages' routes and the command line."""
