"""One published method a file: plain arguments in, arrays out, no configuration, no files."""
