"""Pages of interpreters: what they are asked for, what they have agreed to, what they have done."""
