"""Vector tiles: grid, encoder, and the tile of a layer as an actor sees it."""
