"""What people do to each other's names and naps: rename, wake up, and ``uwu``."""
