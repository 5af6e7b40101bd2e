"""Pages of coordinators: institutions, their officers, and interpreters."""
