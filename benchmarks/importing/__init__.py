"""What bringing a card in costs beside cp and sha256sum, and planning ten thousand files."""
