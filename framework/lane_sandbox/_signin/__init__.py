"""Apple's sign-in from the other side: accounts, codes, trust and sessions."""
