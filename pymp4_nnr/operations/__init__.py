"""What users call: one module for each operation."""
