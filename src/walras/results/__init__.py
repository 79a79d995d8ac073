"""The outcome of an auction: its nouns, the audit, the certificate, the explanation, and the result folder.

Stands on `book` alone. Nothing here imports the engine, so anyone can check a result that somebody else published.
"""
