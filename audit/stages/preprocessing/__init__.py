"""Stage: is the preprocessing right?"""
