"""Generated exports are read on busy machines too: no deadline for one example."""

from hypothesis import settings

settings.register_profile("importers", deadline=None, max_examples=60)
settings.load_profile("importers")
