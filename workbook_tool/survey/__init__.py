"""Hundreds of thousands of workbooks in an object store: checked in chunks, kept as Parquet, added up."""

from workbook_tool.survey.whole import Surveyed, SurveyError, survey

__all__ = ["SurveyError", "Surveyed", "survey"]
