"""The child's page: a conversation in writing, with and without JavaScript, that keeps nothing of who the child is."""
