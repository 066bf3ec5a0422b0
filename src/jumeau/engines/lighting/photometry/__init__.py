"""Road lighting by EN 13201: what a street receives, what its class asks, what it costs in power."""
