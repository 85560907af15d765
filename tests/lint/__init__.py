"""House rules that no linter knows: which ring may import which, and what has to agree with what."""
