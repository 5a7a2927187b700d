"""The verbs: one stage, one module; stages hand work on through the store, never to each other."""
