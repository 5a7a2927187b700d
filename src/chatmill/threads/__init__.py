"""Messages → who replies to what → threads; who asks and who answers.

`thread_conversation` is the way in. Links come from `links.py` (what the platform says, mentions,
then rules), threads are their connected components (`components.py`), roles from `roles.py`.
"""

from chatmill.threads.build import thread_conversation

__all__ = ["thread_conversation"]
