"""Text conversations: SMS, WhatsApp and web chat, on the same life of a contact as a call."""
