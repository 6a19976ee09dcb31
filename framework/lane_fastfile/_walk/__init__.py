"""Walk through what a lane would do, without doing it: values where the text gives them."""
