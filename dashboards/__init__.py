"""What people see: view models, figures, templates and dossiers. Knows no HTTP."""
