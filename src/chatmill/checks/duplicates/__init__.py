"""Questions asked twice: in the same words, in nearly the same, or with the same meaning."""
