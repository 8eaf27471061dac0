"""The OpenAPI document (3.1): what Ninja knows of the operations, with their scopes and the problems that may come."""

from __future__ import annotations

import json
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from interviews.api.bearer import Bearer
from interviews.api.problems import MEDIA_TYPE
from interviews.api.shapes import ProblemOut

PREFIX = "api/v1"
PROBLEMS = {
    400: "The body is not JSON, or this cannot be done.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The token lacks the scope, or its owner the right.",
    404: "There is nothing here, or nothing that the token's owner may see.",
    409: "It is in a state in which this cannot be done, or an external id is taken.",
    412: "It was changed since its ETag was read.",
    413: "This is too much for one request.",
    422: "Part of what was sent was not understood; `errors` says which.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says when to go on.",
}
HEADERS = {429: "Retry-After", 401: "WWW-Authenticate"}


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


def document(api: Api) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(_Document(api, PREFIX), default=str))
    return made


class _Document(OpenAPISchema):
    def operation_parameters(self, operation: Operation) -> list[dict[str, Any]]:
        """An address and a header hold texts: what may be left out is not null there."""
        found = super().operation_parameters(operation)
        for parameter in found:
            schema = parameter["schema"]
            given = [it for it in schema.pop("anyOf", []) if it != {"type": "null"}]
            parameter["schema"] = {**schema, **given[0]} if given else schema
        return found

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        answers = super().responses(operation)
        statuses = [401, 403, 422, 429]
        statuses += [404] if "{" in operation.path else []
        statuses += [400, 409, 413] if not {"POST", "PATCH"}.isdisjoint(operation.methods) else []
        statuses += [412, 428] if "PATCH" in operation.methods else []
        answers |= {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}
        if operation.view_func.__name__ in ("get_position", "change_position"):
            answers[200]["headers"] = {"ETag": {"description": "For If-Match.", "schema": {"type": "string"}}}
        return answers

    def operation_security(self, operation: Operation) -> list[dict[str, Any]]:
        found = [auth for auth in operation.auth_callbacks if isinstance(auth, Bearer)]
        self.securitySchemes["Bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "grn_…"}
        return [{"Bearer": [str(auth.scope) for auth in found]}]

    def get_components(self) -> dict[str, Any]:
        parts: dict[str, Any] = super().get_components()
        parts["schemas"]["Problem"] = ProblemOut.json_schema()
        parts["responses"] = {str(status): _problem(status, words) for status, words in PROBLEMS.items()}
        return parts


def _problem(status: int, words: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": words,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in HEADERS:
        made["headers"] = {HEADERS[status]: {"schema": {"type": "string"}}}
    return made
