"""Every change that a person makes. Views, the admin and commands call these; nobody else writes for a person."""
