"""Tables of a Word document that somebody sends: rows of text.

Convention: a cell that is merged over several stands in each of them, as readers see it.
"""

import io
from collections.abc import Iterator
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import PackageNotFoundError


def tables_in(content: bytes) -> Iterator[list[list[str]]]:
    """The tables of the .docx, in order; `ValueError` where it is none."""
    try:
        document = docx.Document(io.BytesIO(content))
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise ValueError("不是 Word 文档(.docx)") from error
    for table in document.tables:
        yield [[cell.text.strip() for cell in row.cells] for row in table.rows]
