"""Pages and endpoints: ask `access` who it is, ask a form or an action, draw. No rule lives here."""
