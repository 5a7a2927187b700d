"""Triage: learns from people's decisions what they keep, and says how sure it is."""
