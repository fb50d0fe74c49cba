"""The documentation, and the program that writes the pages the code knows best."""
