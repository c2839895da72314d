"""How the application is served: uvicorn, with protocols of our own for the endpoint."""
