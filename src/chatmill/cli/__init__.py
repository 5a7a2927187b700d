"""The command line: parse, call a stage, print. No decision about the domain is made here."""
