"""Published tables as files: CSV, JSON and Parquet, each of which says what stage it is.

The store holds each table once, as Parquet. A file is written from it when it is asked for,
always as the same bytes, and its digest is that of these bytes.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import polars as pl

from walras.service.canonical import bytes_digest
from walras.service.publication.reading import Published

MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class File:
    """Bytes to be sent, with their type and their digest."""

    content: bytes
    media_type: str
    digest: str


def written(table: pl.DataFrame, of: Published, form: str) -> File:
    """Return a table as a file of a form: `csv`, `json` or `parquet`."""
    said = {"session": of.session, "result_version": of.version, "stage": of.stage}
    if form == "json":
        rows = table.with_columns(pl.col(pl.Datetime).dt.strftime(TIME_FORMAT)).to_dicts()
        content = (json.dumps(said | {"rows": rows}, allow_nan=False, ensure_ascii=False) + "\n").encode()
        return File(content, MEDIA[form], bytes_digest(content))
    marked = table.with_columns(pl.lit(v).alias(n) for n, v in said.items())
    if form == "csv":
        content = marked.write_csv(datetime_format=TIME_FORMAT).encode()
    else:
        out = io.BytesIO()
        marked.write_parquet(out, compression="lz4", statistics=False)
        content = out.getvalue()
    return File(content, MEDIA[form], bytes_digest(content))
