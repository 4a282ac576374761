"""The service: knows Git, HTTP, formats and the audit; reaches the runner only through its front door."""
