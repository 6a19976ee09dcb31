"""An export in the place of CI files that people wrote: what of these it takes over, and what not."""
