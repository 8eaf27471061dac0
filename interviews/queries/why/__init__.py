"""Why an interview is not scored: what holds it up, in words, and what can be done about it. Told from its rows, and
from what holds up all work: workers, pauses, providers, budgets."""
