"""How static files are stored and named."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed; imports between ES modules are rewritten to the hashed names."""

    support_js_module_import_aggregation = True
