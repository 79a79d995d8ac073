"""Backup and restore: one moment of a store as a folder, and back into an empty store of either kind.

`save` writes every table as JSON lines inside one reading transaction, so that it can run
beside everything else; `load` refuses a folder with one changed byte. The master key and the
signing keys are not in it (docs/how-to/back-up-and-restore.md).
"""

from walras.service.backup.load import load
from walras.service.backup.save import save

__all__ = ["load", "save"]
