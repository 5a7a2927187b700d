"""Names people of a platform that knows them by id: two of one name stay two."""


class People:
    """Names by id; the first of a name keeps it, others carry what tells them apart."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()

    def name(self, person_id: str, name: str, mark: str = "") -> str:
        """Return what to call a person; the same every time, whatever they are called later.

        Args:
            person_id: The platform's id; empty where it has none.
            name: What the platform calls them.
            mark: What else they are known by, put behind a name that is taken; the id when empty.
        """
        known = self._names.get(person_id)
        if known is not None:
            return known
        if not person_id:
            return name
        chosen = name or mark or person_id
        if chosen in self._taken:
            chosen = f"{chosen} ({mark or person_id})"
        while chosen in self._taken:
            chosen = f"{chosen} ({person_id})"
        self._names[person_id] = chosen
        self._taken.add(chosen)
        return chosen

    def known(self, person_id: str) -> str:
        """Return the name of a person who was named before; empty for a stranger."""
        return self._names.get(person_id, "")
