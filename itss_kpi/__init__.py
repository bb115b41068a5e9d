"""The indicators of an ITSS service-quality plan, worked out exactly from departments' exports."""

import os

# with lxml, which python-docx brings along, openpyxl writes other bytes; the same content is to give the same ones
os.environ.setdefault("OPENPYXL_LXML", "False")

__version__ = "0.1.0"
