"""The four engines, four times the same files: tables in, tables out."""
