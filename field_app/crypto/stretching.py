"""Argon2id (RFC 9106), one at a time in each process.

OpenSSL takes the threads of all lanes from one pool of the process. Two derivations at once may each hold
what the other waits for, and wait for ever, or fail as if memory were short (seen with OpenSSL 4.0).
"""

import threading

one_at_a_time = threading.Lock()
"""Held while anything is stretched by Argon2id with more than one lane."""
