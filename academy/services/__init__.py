"""What people do with the product: one transaction each."""
