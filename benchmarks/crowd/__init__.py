"""A crowd of visitors: webcams, people who have pieces composed, raters of a study; each as the pages behave."""
