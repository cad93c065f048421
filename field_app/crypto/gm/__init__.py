"""The national suite ``gm-1`` (国密): SM2, SM3, SM4. Off unless a district's profile asks for it."""
