"""`python -m workbook_tool` is the same as `workbook-tool`."""

from workbook_tool.cli import main

if __name__ == "__main__":
    main()
