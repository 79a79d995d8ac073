"""Kinds of order files, and the media types by which they come."""

from __future__ import annotations

from typing import Literal

from walras.errors import BadInput, Mistake

FileKind = Literal["csv", "parquet", "xlsx"]
MEDIA_OF = {
    "csv": "text/csv",
    "parquet": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The media type of a file of each kind; a zip of CSV tables is `application/zip` as well."""


def kind_of(media: str, kind: FileKind | None) -> FileKind:
    """Return what kind of file a body is, from its media type and the kind that the caller names.

    Raises:
        BadInput: A zip of no named kind, or a kind that is another one than the media type's (rule `file_kind`).

    >>> kind_of("text/csv", None), kind_of("application/zip", "parquet")
    ('csv', 'parquet')
    """
    fits_media: tuple[FileKind, ...]
    match media:
        case "application/zip":
            fits_media = ("csv", "parquet")
        case "text/csv":
            fits_media = ("csv",)
        case _:
            fits_media = ("xlsx",)
    if kind is None and len(fits_media) == 1:
        return fits_media[0]
    if kind is None or kind not in fits_media:
        what = f"the kind {kind} is none of {media}" if kind else "the kind of the tables in the zip is not said"
        fix = f"Send ?kind={' or ?kind='.join(fits_media)}."
        raise BadInput([Mistake(what, "kind", "file_kind", fix)])
    return kind
