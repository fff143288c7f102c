"""What is delivered, when, in what order and signed how, to receivers of every kind."""
