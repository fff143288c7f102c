"""What an integration met of the service, and what there is to remark about how it asks. Pure."""
