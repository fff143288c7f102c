"""What the documentation says, asked of any server that claims to be Kanbert."""
