"""How fast what happens reaches those who listen, beside other servers and bare sockets."""
