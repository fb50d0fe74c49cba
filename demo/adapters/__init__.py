"""One module per published data set: where it is from, what is real, what the demo makes up."""
