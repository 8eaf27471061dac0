"""The same product for programs: `/api/v1/`, by tokens. What a person may see and do, `access` and `actions` say here,
too; this room only reads what was asked, and words the answer."""
