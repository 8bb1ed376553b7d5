"""What came back: its tabs found again, its cells read, and what an auditor sees in it."""
