"""Pure functions from counts or arrays to frozen results; every number says where it is from."""
