"""The review page and its HTTP API: parse, call a stage, render. No decision about the domain."""
