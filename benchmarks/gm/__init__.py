"""What the national suite costs beside the international one."""
