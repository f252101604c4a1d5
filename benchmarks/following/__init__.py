"""What the benchmark of the live mode is made of: a face that changes, an ear in the page, and what they noticed."""
