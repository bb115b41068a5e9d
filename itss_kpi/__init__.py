"""The indicators of an ITSS service-quality plan, worked out exactly from departments' exports."""

__version__ = "0.1.0"
