"""Copies of everything, and the way back.

A backup is a folder that `sha256sum -c` and the database's own programs can read:

    backup.json      what it is; its SHA-256 is the backup's digest
    SHA256SUMS       of every other file
    database.dump    by pg_dump, or database.sqlite3
    secret_key       of an embedded site
    media/           every file that the database names

The database comes first, as it is at one moment, then the files that it names at that moment. Files are only added, and
a recording that still arrives only grows, so a backup of a running site is of one moment too.
"""
