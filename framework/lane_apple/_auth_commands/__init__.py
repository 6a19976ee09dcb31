"""`lane auth`: signs an Apple ID in; shows, carries and ends its sessions."""
