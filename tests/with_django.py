"""Runs a module as a program of a Django that is set up before it is imported:

    python -m tests.with_django MODULE [ARGUMENT …]

The settings are those of the environment, else the product's.
"""

from __future__ import annotations

import os
import runpy
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
