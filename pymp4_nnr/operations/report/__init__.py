"""`report`: one page, or one picture, that shows what is in a file."""
