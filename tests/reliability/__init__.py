"""What happens when another user, another writer, the server or the network does the worst, and a count of what that cost."""
