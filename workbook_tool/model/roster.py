"""Where a roster keeps its departments and their projects: the `roster` of a pack that is one."""

from __future__ import annotations

from workbook_tool.model.declared import Declared


class RosterDepartments(Declared):
    """The table with one line a department, and which of its columns is what.

    Every amount column is a figure that the bureau gives the department; a form asks for it by
    the column's label (`FormField.given`).

    Attributes:
        on: The table.
        due: The department's own date, where it is not the common one.
        units: Names, separated by 、 or ； or line breaks.
        expected: How many projects the department is to report on.
    """

    on: str
    code: str
    name: str
    contact: str
    phone: str
    due: str
    units: str
    expected: str


class RosterProjects(Declared):
    """The table with one line a project."""

    on: str
    code: str
    name: str
    budget: str


class RosterForm(Declared):
    """What is what in a roster.

    Attributes:
        county: `frame.field` of the name that stands over all.
        due: `frame.field` of the date by which all must return.
    """

    county: str
    due: str
    departments: RosterDepartments
    projects: RosterProjects
