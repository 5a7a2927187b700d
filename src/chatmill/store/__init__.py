"""The only SQL in chatmill: what people decided, what was paid for, and how far the stages are."""
