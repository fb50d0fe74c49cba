"""How evidence comes in: files are read, checked, pseudonymised and recorded; what is wrong waits in quarantine."""
