"""The pages over HTTP. Nobody sees anything without signing in."""
