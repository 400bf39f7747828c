"""How results are shown."""


def table(lines):
    """Lines of cells as a table, the first as its head."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rows = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)
