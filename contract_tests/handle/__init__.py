"""The same verbs in Python: in process and over HTTP, the inbox, and the redirected calls."""
