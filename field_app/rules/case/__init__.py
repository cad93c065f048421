"""What a case's papers say against issuing another one; judged on the laptop and again at headquarters."""
