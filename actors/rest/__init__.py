"""The outbound edge: what Roadie says to Discord, and the only way it gets there."""
