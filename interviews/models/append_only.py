"""A table whose rows are added, and never changed or deleted: the database itself refuses, whoever asks."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model

_SQLITE = """CREATE TRIGGER %(name)s_{deed} BEFORE {deed} ON %(table)s
BEGIN SELECT RAISE(ABORT, 'rows of this table are added, and never changed or deleted'); END"""
_FUNCTION = """CREATE OR REPLACE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of this table are added, and never changed or deleted'; END $$"""
_POSTGRESQL = """CREATE TRIGGER %(name)s_{deed} BEFORE {deed} ON %(table)s
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change()"""


class AppendOnly(BaseConstraint):
    """Triggers, as a constraint: so that they are made, and made again, by migrations as all else in a table is.

    They stop mistakes, our own code and whoever has the application's rights. Who owns the table can drop them.
    """

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        # They follow the table, which under SQLite may be made under another name first.
        schema_editor.deferred_sql.extend(self._statements(model, schema_editor))

    create_sql = constraint_sql

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        for deed in self._deeds(schema_editor):
            schema_editor.deferred_sql.append(
                self._statement(f"DROP TRIGGER %(name)s_{deed} ON %(table)s", model, schema_editor)
            )

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Any row may be added."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AppendOnly) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def _deeds(self, schema_editor: BaseDatabaseSchemaEditor) -> tuple[str, ...]:
        return ("UPDATE", "DELETE", *(("TRUNCATE",) if schema_editor.connection.vendor == "postgresql" else ()))

    def _statements(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        template = _SQLITE if is_sqlite else _POSTGRESQL
        made = [template.format(deed=deed) for deed in self._deeds(schema_editor)]
        return [self._statement(it, model, schema_editor) for it in (made if is_sqlite else [_FUNCTION, *made])]

    def _statement(self, template: str, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        return Statement(template, name=self.name, table=Table(model._meta.db_table, schema_editor.quote_name))
