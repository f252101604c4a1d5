"""What goes wrong on purpose while a crowd is there, and the books that are kept meanwhile."""
