"""Go on with threads in the background, whoever answers them."""
