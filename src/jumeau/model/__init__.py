"""Plain structs and numbers: no file, network, clock or randomness; package data only."""
