"""What field and headquarters say to each other (``le-sync/1``); see PROTOCOL.md."""
