"""What making papers costs, ours beside docxtpl with LibreOffice."""
