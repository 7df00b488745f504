"""Academy: cybersecurity courses, honest skill estimates and the workforce gap."""
