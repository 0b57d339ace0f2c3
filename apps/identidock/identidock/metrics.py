"""Counters of this replica; rates, codes and times of requests are the edge's to count."""

from prometheus_client import Counter

MONSTERS = Counter("identidock_monsters", "Monsters served, by their source.", ["source"])
FAILURES = Counter("identidock_failures", "Times a collaborator did not answer.", ["of"])
