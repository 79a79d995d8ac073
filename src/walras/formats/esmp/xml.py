"""Bytes from anywhere to a small tree of elements, or to mistakes; and nothing else happens.

Read by `reading` and `answer`. The parser is the standard library's expat, told to stop at a document
type declaration: without one there are no entities, no external references and no bombs. Size, depth and
number of elements have caps, and the text must be UTF-8. Comments and processing instructions are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from walras.errors import BadInput, Mistake

MOST_BYTES = 8 * 2**20
MOST_ELEMENTS = 400_000
MOST_DEPTH = 16
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ROOT = "the document"


@dataclass(slots=True)
class Node:
    """One element: its namespace and name, attributes, text, children, and the line where it begins."""

    namespace: str
    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, name: str) -> Node | None:
        """Return the first child of a name, or None."""
        return next((c for c in self.children if c.name == name), None)

    def text_of(self, name: str) -> str | None:
        """Return the text of the first child of a name, or None."""
        found = self.child(name)
        return None if found is None else found.text


def parse(data: bytes) -> Node:
    """Return the tree of a document.

    Raises:
        BadInput: One mistake of `esmp_size`, `esmp_encoding`, `esmp_doctype`, `esmp_depth` or `esmp_xml`.

    Example:
        >>> parse(b'<a xmlns="urn:x"><b>1</b></a>').children[0].text
        '1'
        >>> parse(b'<!DOCTYPE a [<!ENTITY e "e">]><a>&e;</a>')
        Traceback (most recent call last):
        walras.errors.BadInput: line 1: the document has a document type declaration
          rule: esmp_doctype
          fix:  Leave the declaration out: no document type, no entities, no external references.
    """
    if len(data) > MOST_BYTES:
        what = f"the document has {len(data)} bytes, at most {MOST_BYTES} are read"
        raise BadInput([Mistake(what, ROOT, "esmp_size", "Split it into several documents.")])
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise BadInput([_encoding(f"byte {e.start} is not UTF-8")]) from None
    return _Builder().build(data)


class _Builder:
    """Expat's handlers around one growing tree."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("UTF-8", "\n")
        self.parser.buffer_text = True
        self.parts: list[list[str]] = []
        self.parser.XmlDeclHandler = self.declaration
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.stack: list[Node] = []
        self.root: Node | None = None
        self.elements = 0

    def build(self, data: bytes) -> Node:
        """Parse all bytes at once."""
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as e:
            what = f"the XML is broken: {expat.ErrorString(e.code)}"
            fix = "Send one well-formed XML document."
            raise BadInput([Mistake(what, f"line {e.lineno}", "esmp_xml", fix)]) from None
        assert self.root is not None, "expat accepts no document without a root"
        return self.root

    def stop(self, what: str, rule: str, fix: str) -> None:
        """Stop at the line that is being read."""
        raise BadInput([Mistake(what, f"line {self.parser.CurrentLineNumber}", rule, fix)])

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        """Refuse an encoding that is declared as something else, since these bytes are read as UTF-8."""
        if encoding is not None and encoding.upper() not in ("UTF-8", "UTF8", "US-ASCII"):
            raise BadInput([_encoding(f"the encoding is declared as {encoding[:40]}")])

    def doctype(self, *_: object) -> None:
        """Refuse document types before anything inside them is read."""
        fix = "Leave the declaration out: no document type, no entities, no external references."
        self.stop("the document has a document type declaration", "esmp_doctype", fix)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            self.stop(f"there are more than {MOST_ELEMENTS} elements", "esmp_size", "Split it into several documents.")
        if len(self.stack) >= MOST_DEPTH:
            self.stop(f"elements are nested deeper than {MOST_DEPTH}", "esmp_depth", "Send a document of a known kind.")
        namespace, _, local = name.rpartition("\n")
        node = Node(namespace, local, attributes, self.parser.CurrentLineNumber)
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
        self.stack.append(node)
        self.parts.append([])

    def end(self, _name: str) -> None:
        """Close the innermost element."""
        self.stack.pop().text = "".join(self.parts.pop())

    def characters(self, text: str) -> None:
        """Add text to the innermost element; where it may not stand, `checking` says."""
        self.parts[-1].append(text)


def _encoding(what: str) -> Mistake:
    return Mistake(what, ROOT, "esmp_encoding", "Send UTF-8, and declare no other encoding.")
