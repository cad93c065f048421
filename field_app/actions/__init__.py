"""What an officer can do, one file each; no Qt. Refusals are raised as :class:`UserError`."""
