"""The developer portal: forms in, JSON out, and the tunnel of the newer API."""
