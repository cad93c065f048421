"""Lays a filled .docx out as PDF; what of WordprocessingML is drawn is told in ../FORMAT.md."""
