"""Files for other programs and for paper. docs/exports.md says what is in them."""
