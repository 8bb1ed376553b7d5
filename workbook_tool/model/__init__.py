"""The words of the house: what a pack declares, and what a batch of returned workbooks holds.

A pack (form, rules, rubrics) is read from YAML into pydantic models; everything that happens to
workbooks happens in frozen dataclasses that carry pandas frames.
"""

from __future__ import annotations

from workbook_tool.model.batch import LARGEST, Assessment, Batch, CellError, Frame, PlaceKey, Uncalculated
from workbook_tool.model.county import AcrossRule, CountyForm, Figure, MoneySheet, Ratio
from workbook_tool.model.declared import Declared, PackError, Severity, SeverityField
from workbook_tool.model.form import Block, FieldType, FixedRow, FormField, Sheet
from workbook_tool.model.pack import Explanations, Identity, Pack, Rounding, Table
from workbook_tool.model.roster import RosterDepartments, RosterForm, RosterProjects
from workbook_tool.model.rubric import (
    Band,
    Case,
    Criterion,
    Grade,
    Item,
    Level,
    Linear,
    Lines,
    Method,
    Option,
    Rubric,
    Scoring,
    Way,
)
from workbook_tool.model.rules import Rule

__all__ = [
    "LARGEST",
    "AcrossRule",
    "Assessment",
    "Band",
    "Batch",
    "Block",
    "Case",
    "CellError",
    "CountyForm",
    "Criterion",
    "Declared",
    "Explanations",
    "FieldType",
    "Figure",
    "FixedRow",
    "FormField",
    "Frame",
    "Grade",
    "Identity",
    "Item",
    "Level",
    "Linear",
    "Lines",
    "Method",
    "MoneySheet",
    "Option",
    "Pack",
    "PackError",
    "PlaceKey",
    "Ratio",
    "RosterDepartments",
    "RosterForm",
    "RosterProjects",
    "Rounding",
    "Rubric",
    "Rule",
    "Scoring",
    "Severity",
    "SeverityField",
    "Sheet",
    "Table",
    "Uncalculated",
    "Way",
]
