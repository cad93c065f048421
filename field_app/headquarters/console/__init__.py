"""What headquarters' staff see in a browser: a process of its own, which opens packages and shows
them. It writes nothing but who looked at what."""
