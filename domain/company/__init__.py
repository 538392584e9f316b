"""Who sells: what the law wants buyers to be told about the company."""
