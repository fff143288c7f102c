"""What is kept out: other sites' pages, whoever has no token, what is too large, and the rest of the internet."""
