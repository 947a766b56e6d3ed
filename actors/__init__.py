"""The actors: what they stand on (`core`), the way out (`rest`), what they keep (`store`), and the slices."""
