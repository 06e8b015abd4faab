"""What a referring psychiatrist reads: one page per session."""

from service.summaries.page import summary_page

__all__ = ["summary_page"]
