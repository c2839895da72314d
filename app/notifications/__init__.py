"""What users are told, in the program, by letter and by text message."""
