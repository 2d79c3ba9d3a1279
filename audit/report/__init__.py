"""Findings and records as documents: one self-contained page, JSON and CSV."""

from audit.report.write import write_report

__all__ = ["write_report"]
