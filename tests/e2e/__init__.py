"""The whole way, from a task's options to what the API server stores and to what people get to see."""
