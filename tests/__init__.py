"""Everything that proves the collection, and the tools for it; Python 3.11 or newer, but for `unit`, which runs where modules do."""
