"""Wild sessions: every optional part there or not, odd texts, odd numbers, ties; and yet each can be published.

They are no clinic's day: they find what a mapping, a page or a store takes for granted.
"""
