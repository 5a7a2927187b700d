"""What extractors, checks and metrics all need: sentences, tokens, alignment, facts, products."""
