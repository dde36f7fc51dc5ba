"""The candidate browser: a page on this machine to sort, filter, look and grade."""
